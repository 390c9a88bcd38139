import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Regular expressions over a generated log. */
public class Regex {
    public static void main(String[] args) {
        StringBuilder log = new StringBuilder();
        for (int i = 0; i < 4_000; i++) {
            log.append("2024-0").append(i % 9 + 1).append("-1").append(i % 10).append(" host").append(i % 17);
            log.append(i % 3 == 0 ? " ERROR " : " info ").append("took ").append(i * 37 % 1000).append("ms, user=u");
            log.append(i % 101).append("@example.org\n");
        }
        long sum = 0;
        Pattern line = Pattern.compile("^(\\d{4})-(\\d\\d)-(\\d\\d) (\\w+) (?:ERROR|info) .*?(\\d+)ms", Pattern.MULTILINE);
        Pattern mail = Pattern.compile("[a-z]+=(?<name>[a-z]\\d+)@(\\w+\\.)+org");
        for (int round = 0; round < 6; round++) {
            Matcher m = line.matcher(log);
            while (m.find()) {
                sum += Integer.parseInt(m.group(3)) + m.group(4).length() + Integer.parseInt(m.group(5));
            }
            m = mail.matcher(log);
            while (m.find()) {
                sum += m.group("name").hashCode() + m.start();
            }
        }
        System.out.println(sum);
    }
}
