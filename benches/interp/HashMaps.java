import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Filling, reading and walking maps. */
public class HashMaps {
    public static void main(String[] args) {
        Map<Integer, List<String>> groups = new HashMap<>();
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < 800_000; i++) {
            String key = Integer.toString(i * 31 % 10_007);
            counts.merge(key, 1, Integer::sum);
            groups.computeIfAbsent(i % 997, k -> new ArrayList<>()).add(key);
        }
        TreeMap<String, Integer> sorted = new TreeMap<>(counts);
        long sum = 0;
        for (Map.Entry<String, Integer> e : sorted.entrySet()) {
            sum = sum * 17 + e.getKey().hashCode() + e.getValue();
        }
        for (List<String> group : groups.values()) {
            for (String s : group) {
                sum += counts.get(s);
            }
        }
        System.out.println(sum);
    }
}
