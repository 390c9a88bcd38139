import java.io.*;
import java.util.*;
import org.apache.poi.hssf.usermodel.*;
import org.apache.poi.ss.usermodel.*;
import org.apache.poi.ss.util.CellRangeAddress;
import org.apache.poi.xssf.usermodel.*;

/** Workbooks of both formats: formulas evaluated, written and read again. */
public class DOffice {
    static void fill(Workbook w) {
        Sheet s = w.createSheet("data");
        for (int i = 0; i < 60; i++) {
            Row r = s.createRow(i);
            r.createCell(0).setCellValue(i);
            r.createCell(1).setCellValue("name " + i % 7);
            r.createCell(2).setCellFormula("A" + (i + 1) + "^2/3");
        }
        Row r = s.createRow(60);
        r.createCell(0).setCellFormula("SUM(C1:C60)");
        r.createCell(1).setCellFormula("COUNTIF(B1:B60,\"name 3\")");
        r.createCell(2).setCellFormula("VLOOKUP(17,A1:C60,3,FALSE)");
        r.createCell(3).setCellFormula("IF(AVERAGE(A1:A60)>29,UPPER(CONCATENATE(\"a\",B2)),1/0)");
        r.createCell(4).setCellFormula("1/0");
        s.addMergedRegion(new CellRangeAddress(62, 63, 0, 2));
    }

    static void show(Workbook w) {
        FormulaEvaluator e = w.getCreationHelper().createFormulaEvaluator();
        Sheet s = w.getSheet("data");
        for (Cell c : s.getRow(60)) System.out.print(e.evaluate(c).formatAsString() + " ");
        System.out.println(s.getLastRowNum() + " " + s.getRow(5).getCell(1) + " " + s.getNumMergedRegions());
    }

    public static void main(String[] a) throws Exception {
        for (String kind : a) {
            Workbook w = kind.equals("xls") ? new HSSFWorkbook() : new XSSFWorkbook();
            fill(w);
            show(w);
            File f = new File("o/w." + kind);
            try (OutputStream out = new FileOutputStream(f)) { w.write(out); }
            try (InputStream in = new FileInputStream(f)) { show(kind.equals("xls") ? new HSSFWorkbook(in) : new XSSFWorkbook(in)); }
        }
    }
}
