import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** What the server answers and the client expects. */
class Texts {
    static byte[] of(int number) {
        Map<String, Integer> map = new TreeMap<>();
        for (int i = 0; i < number % 50; i++) {
            map.put("key" + i, i * number);
        }
        return ascii(number + " " + map + "\n");
    }

    static byte[] ascii(Object text) {
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }
}
