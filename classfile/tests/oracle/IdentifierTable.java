/** Writes the ranges of src/identifier_table.rs: the BMP characters beyond ASCII that Java takes in identifiers. */
public class IdentifierTable {
    static boolean in(int table, int c) {
        boolean start = Character.isJavaIdentifierStart((char) c);
        return table == 0 ? start : !start && Character.isJavaIdentifierPart((char) c);
    }

    public static void main(String[] args) {
        String[] names = {"STARTS", "OTHER_PARTS"};
        String[] docs = {"Characters that an identifier may begin with.", "Further ones that may follow."};
        for (int table = 0; table < 2; table++) {
            StringBuilder line = new StringBuilder("   ");
            System.out.println("\n/// " + docs[table] + "\n#[rustfmt::skip]");
            System.out.println("pub(crate) static " + names[table] + ": &[(u16, u16)] = &[");
            for (int c = 0x80; c < 0x10000; c++) {
                if (!in(table, c)) continue;
                int last = c;
                while (last < 0xffff && in(table, last + 1)) last++;
                line.append(String.format(" (0x%04x, 0x%04x),", c, last));
                if (line.length() > 100) {
                    System.out.println(line);
                    line = new StringBuilder("   ");
                }
                c = last;
            }
            System.out.println((line.length() > 3 ? line + "\n" : "") + "];");
        }
    }
}
