import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.regex.Pattern;

/** Strings: encodings, surrogates, interning, concatenation of every type, formatting, regular expressions. */
public class Texts {
    public static void main(String[] args) {
        String smile = "a\uD83D\uDE00é\0z";
        System.out.println(smile.length() + " " + smile.codePointCount(0, smile.length()) + " " + smile.codePointAt(1));
        System.out.println(Arrays.toString(smile.getBytes(StandardCharsets.UTF_8)));
        System.out.println(new String(new byte[] {(byte) 0xC3, (byte) 0xA9, (byte) 0xFF}, StandardCharsets.UTF_8).equals("é\uFFFD"));
        System.out.println(Arrays.toString("é€".getBytes(StandardCharsets.UTF_16)));
        System.out.println(new StringBuilder(smile).reverse().codePointAt(2));
        String joined = "con" + "cat";
        String made = new String("concat");
        System.out.println((joined == "concat") + " " + (made == joined) + " " + (made.intern() == joined));
        byte b = -1;
        short s = -2;
        char c = 'c';
        float f = 1.1f;
        Object nothing = null;
        char[] chars = {'x', 'y'};
        System.out.println("" + b + s + c + 3 + 4L + f + 2.5 + true + nothing + String.valueOf(chars) + 'é');
        System.out.println(1e7 + " " + 1.0E-5 + " " + 123456789.125f + " " + (0.1 + 0.2) + " " + Float.MAX_VALUE + " " + -0.0);
        System.out.println(String.format(Locale.ROOT, "%5d|%-6s|%08.3f|%x|%,d|%c|%b|%e|%%", 42, "ab", Math.PI, 255, 1234567, 'q', true, 12345.678));
        System.out.println("a,b,,c,,".split(",").length + " " + Arrays.toString("a1b22c".split("\\d+")) + " " + "x".repeat(3).replace("xx", "y"));
        System.out.println(Pattern.compile("(\\w)(\\d+)?").matcher("a1b c22").replaceAll(m -> m.group(1).toUpperCase() + (m.group(2) == null ? "-" : m.group(2).length())));
        System.out.println("  trim\t".strip() + "|" + "one\ntwo\r\nthree".lines().toList() + "|" + "İstanbul".toLowerCase(Locale.ROOT).length());
        System.out.println("apple".compareTo("apricot") + " " + "B".compareToIgnoreCase("a") + " " + "ß".toUpperCase(Locale.ROOT));
        System.out.println("hello".chars().sum() + " " + "hello".indexOf("lo") + " " + "hello".lastIndexOf('l') + " " + "hello".hashCode());
        System.out.println(Long.toString(Long.MIN_VALUE, 36) + " " + Integer.toHexString(-1) + " " + Long.parseUnsignedLong("18446744073709551615"));
        StringJoiner joiner = new StringJoiner("/", "<", ">");
        for (String word : """
            text block
              with "quotes" \
            joined
            """.split(" ")) {
            joiner.add(word);
        }
        System.out.println(joiner);
        StringBuilder big = new StringBuilder();
        for (int i = 0; i < 3000; i++) {
            big.append(i).insert(big.length() / 2, (char) ('A' + i % 26));
            if (i % 100 == 0) {
                big.setLength(big.length() / 2);
            }
        }
        System.out.println(big.length() + " " + big.toString().hashCode());
    }
}
