import java.io.*;
import java.util.*;
import org.apache.pdfbox.pdmodel.*;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.apache.pdfbox.pdmodel.encryption.*;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.text.PDFTextStripper;

/** A document written, encrypted, read again, and its text found by where it stands. */
public class DPdf {
    public static void main(String[] a) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (PDDocument d = new PDDocument()) {
            for (int n = 0; n < 3; n++) {
                PDPage page = new PDPage(PDRectangle.A5);
                d.addPage(page);
                try (PDPageContentStream s = new PDPageContentStream(d, page)) {
                    s.beginText();
                    s.setFont(PDType1Font.HELVETICA_BOLD, 12);
                    s.newLineAtOffset(50, 500);
                    s.showText("Page " + n + " of some text");
                    s.newLineAtOffset(0, -20);
                    s.showText("Second line " + PDType1Font.TIMES_ROMAN.getStringWidth("width"));
                    s.endText();
                    s.addRect(10, 10, 100, 50);
                    s.stroke();
                }
            }
            AccessPermission may = new AccessPermission();
            may.setCanPrint(false);
            d.protect(new StandardProtectionPolicy("owner", "user", may));
            d.save(bytes);
        }
        try (PDDocument d = PDDocument.load(bytes.toByteArray(), "user")) {
            System.out.println(d.getNumberOfPages() + " " + d.isEncrypted() + " " + d.getCurrentAccessPermission().canPrint());
            PDFTextStripper s = new PDFTextStripper();
            s.setStartPage(2);
            System.out.println(s.getText(d));
        }
        try { PDDocument.load(bytes.toByteArray(), "wrong"); } catch (IOException e) { System.out.println(e.getMessage()); }
    }
}
