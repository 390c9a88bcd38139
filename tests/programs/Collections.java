import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The library's collections against each other, with hashes that collide and an order of access. */
public class Collections {
    static final class Key {
        final int value;

        Key(int value) {
            this.value = value;
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Key k && k.value == value;
        }

        @Override
        public int hashCode() {
            return value & 3;
        }
    }

    enum Day { MON, TUE, WED }

    public static void main(String[] args) {
        Random random = new Random(42);
        Map<Key, Integer> colliding = new HashMap<>();
        TreeMap<Integer, Integer> model = new TreeMap<>();
        for (int i = 0; i < 3000; i++) {
            int k = random.nextInt(200);
            if (random.nextInt(3) == 0) {
                Integer a = colliding.remove(new Key(k));
                Integer b = model.remove(k);
                if (!Objects.equals(a, b)) {
                    throw new AssertionError(k + ": " + a + " " + b);
                }
            } else {
                colliding.put(new Key(k), i);
                model.put(k, i);
            }
        }
        long sum = 0;
        for (Map.Entry<Key, Integer> e : colliding.entrySet()) {
            sum += (long) e.getKey().value * e.getValue();
        }
        System.out.println(colliding.size() + " " + model.size() + " " + sum + " " + model.headMap(20) + " " + model.ceilingKey(150));

        Map<String, Integer> recent = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
                return size() > 3;
            }
        };
        for (String s : "a b c a d e a".split(" ")) {
            recent.merge(s, 1, Integer::sum);
        }
        System.out.println(recent);

        List<Integer> numbers = new ArrayList<>();
        PriorityQueue<Integer> heap = new PriorityQueue<>(Comparator.reverseOrder());
        for (int i = 0; i < 500; i++) {
            int n = random.nextInt(1000);
            numbers.add(n);
            heap.add(n);
        }
        numbers.sort(Comparator.comparing((Integer n) -> n % 10).thenComparing(n -> -n));
        StringBuilder top = new StringBuilder();
        for (int i = 0; i < 5; i++) {
            top.append(heap.poll()).append(' ').append(numbers.get(i * 100)).append(' ');
        }
        System.out.println(top);

        LinkedList<Integer> linked = new LinkedList<>(numbers);
        for (Iterator<Integer> it = linked.iterator(); it.hasNext();) {
            if (it.next() % 3 != 0) {
                it.remove();
            }
        }
        ArrayDeque<Integer> deque = new ArrayDeque<>();
        for (int n : linked) {
            if (n % 2 == 0) {
                deque.addFirst(n);
            } else {
                deque.addLast(n);
            }
        }
        System.out.println(linked.size() + " " + deque.peekFirst() + " " + deque.peekLast());

        Set<String> set = new HashSet<>(List.of("x", "y"));
        set.retainAll(Set.of("y", "z"));
        TreeSet<String> sorted = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        sorted.addAll(List.of("b", "A", "C", "a"));
        IdentityHashMap<String, Integer> identity = new IdentityHashMap<>();
        identity.put(new String("k"), 1);
        identity.put(new String("k"), 2);
        EnumMap<Day, String> days = new EnumMap<>(Day.class);
        days.put(Day.WED, "w");
        days.put(Day.MON, "m");
        BitSet bits = new BitSet();
        bits.set(3, 9);
        bits.flip(5);
        System.out.println(set + " " + sorted + " " + identity.size() + " " + days + " " + bits);
        try {
            List.of(1, 2).add(3);
        } catch (UnsupportedOperationException e) {
            System.out.println("immutable " + e.getMessage());
        }
        System.out.println(java.util.Collections.nCopies(2, List.copyOf(sorted)) + " " + List.of(1, 2, 3).subList(1, 3).hashCode());
    }
}
