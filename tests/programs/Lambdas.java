import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.IntBinaryOperator;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Lambdas, method references and streams: captures, boxing, constructors, generic methods, laziness. */
public class Lambdas {
    interface Visitor<R> {
        R visit(int depth, Object... path);

        default Visitor<String> shown() {
            return (depth, path) -> "<" + visit(depth, path) + ">";
        }
    }

    private final String prefix;

    Lambdas(String prefix) {
        this.prefix = prefix;
    }

    String greet(String name) {
        return prefix + name;
    }

    static <T extends Comparable<T>> T largest(List<? extends T> list) {
        return list.stream().max(Comparator.<T>naturalOrder()).orElseThrow();
    }

    static Function<Integer, Integer> compose(List<Function<Integer, Integer>> parts) {
        return parts.stream().reduce(Function.identity(), Function::andThen);
    }

    public static void main(String[] args) {
        long captured = 1L << 40;
        double other = 0.5;
        Supplier<String> capture = () -> captured + " " + other + " " + args.length;
        System.out.println(capture.get());
        Function<String, Lambdas> make = Lambdas::new;
        Function<String, String> bound = make.apply("hello ")::greet;
        BiFunction<Lambdas, String, String> unbound = Lambdas::greet;
        System.out.println(bound.apply("you") + ", " + unbound.apply(new Lambdas("bye "), "me"));
        IntBinaryOperator gcd = new IntBinaryOperator() {
            @Override
            public int applyAsInt(int a, int b) {
                return b == 0 ? a : applyAsInt(b, a % b);
            }
        };
        System.out.println(gcd.applyAsInt(84, 36) + " " + IntStream.of(48, 36, 60).reduce(0, gcd));
        Function<Integer, int[]> array = int[]::new;
        System.out.println(array.apply(3).length + " " + largest(List.of(3, 9, 4)) + " " + largest(List.of("b", "a")));
        Visitor<Integer> visitor = (depth, path) -> depth + path.length;
        System.out.println(visitor.shown().visit(2, "a", 1, 'c'));
        System.out.println(compose(List.of(x -> x + 1, x -> x * 10, Math::negateExact)).apply(4));
        List<String> seen = new ArrayList<>();
        String first = Stream.of("one", "two", "three", "four")
            .peek(seen::add).filter(s -> s.length() > 3).map(String::toUpperCase).findFirst().orElse("none");
        System.out.println(first + " after " + seen);
        Map<Integer, List<String>> byLength = Stream.of("a", "bb", "cc", "ddd")
            .collect(Collectors.groupingBy(String::length, TreeMap::new, Collectors.toList()));
        System.out.println(byLength);
        System.out.println(IntStream.rangeClosed(1, 20).filter(i -> i % 3 == 0).mapToObj(Integer::toString)
            .collect(Collectors.joining("+", "[", "]")));
        System.out.println(IntStream.range(0, 1000).parallel().mapToLong(i -> (long) i * i).sum());
        System.out.println(Stream.iterate(1, x -> x * 2).limit(12).sorted(Comparator.comparing((Integer x) -> x % 7)
            .thenComparing(Comparator.reverseOrder())).toList());
        Runnable[] tasks = new Runnable[3];
        for (int i = 0; i < tasks.length; i++) {
            int copy = i;
            tasks[i] = () -> System.out.print(copy + (copy == 2 ? "\n" : ","));
        }
        for (Runnable task : tasks) {
            task.run();
        }
    }
}
