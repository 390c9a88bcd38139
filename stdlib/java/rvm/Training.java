package rvm;

import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What most programs do first, done once while a boot image is made: the classes that it takes are then in the image,
 * loaded and initialised, with the method handles of common shapes.
 *
 * <p>Nothing here may depend on what differs between two processes of a user (files, clocks, environment, standard
 * streams), as its traces stay in the image.
 */
public final class Training {
    private Training() {}

    /** What is called; {@code sun.launcher.LauncherHelper} looks at it before as at any main class. */
    public static void main(String[] args) throws Exception {
        int sum = concatenate("a", 1, 2L, 'c', true, 1.5, args)
                + lambdas(args.length)
                + collections()
                + streams()
                + text(args.length);
        print(sum);
        load();
    }

    private static void print(int sum) {
        PrintStream out = new PrintStream(new ByteArrayOutputStream(), true);
        out.println("text");
        out.println(sum);
        out.print('c');
        new Exception("text").printStackTrace(out);
    }

    /** The way of a class from the class path, and out at the end of the program. */
    private static void load() throws Exception {
        new FileInputStream("/dev/null").close();
        Path own = Path.of(System.getProperty("java.home"), "lib", "jrt-fs.jar");
        try (JarFile jar = new JarFile(own.toFile(), false)) {
            Manifest manifest = jar.getManifest();
            manifest.getMainAttributes().getValue("Main-Class");
            JarEntry entry = jar.getJarEntry("META-INF/MANIFEST.MF");
            try (InputStream in = jar.getInputStream(entry)) {
                in.readAllBytes();
            }
        }
        String[] classes = {
            "java.lang.NamedPackage", "java.lang.RuntimePermission", "java.lang.Shutdown", "java.lang.Shutdown$Lock",
            "java.security.BasicPermissionCollection", "java.security.UnresolvedPermission",
            "java.util.IdentityHashMap$KeyIterator",
            "java.security.AllPermission", "java.security.Permissions", "java.security.ProtectionDomain",
            "java.security.SecureClassLoader$CodeSourceKey", "java.security.SecureClassLoader$DebugHolder",
            "jdk.internal.loader.Resource", "jdk.internal.loader.URLClassPath$3",
            "jdk.internal.loader.URLClassPath$FileLoader", "jdk.internal.loader.URLClassPath$FileLoader$1",
            "jdk.internal.loader.URLClassPath$JarLoader", "jdk.internal.loader.URLClassPath$JarLoader$1",
            "jdk.internal.loader.URLClassPath$JarLoader$2", "java.util.zip.ZipFile", "java.util.jar.JarFile",
            "java.util.jar.Manifest", "java.util.jar.Attributes", "java.util.zip.InflaterInputStream",
            "sun.net.www.protocol.jar.Handler", "sun.nio.ByteBuffered",
            "sun.security.util.LazyCodeSourcePermissionCollection",
        };
        for (String name : classes) {
            try {
                Class.forName(name, true, null);
            } catch (ClassNotFoundException otherRelease) {
                // Not every release has each of them.
            }
        }
    }

    private static int concatenate(String s, int i, long l, char c, boolean z, double d, Object o) {
        int all = length("x" + s);
        all += length(s + "x");
        all += length(s + s);
        all += length("x" + s + "y");
        all += length(s + "x" + s);
        all += length("x" + s + "y" + s);
        all += length("x" + s + "y" + s + "z");
        all += length("x" + s + s);
        all += length(s + s + s);
        all += length("x" + s + "y" + s + "z" + s);
        all += length("x" + i);
        all += length(i + "x");
        all += length("x" + i + "y");
        all += length(s + i);
        all += length(i + s);
        all += length("x" + i + "y" + i);
        all += length("x" + i + "y" + i + "z");
        all += length("x" + s + "y" + i);
        all += length("x" + s + "y" + i + "z");
        all += length("x" + i + "y" + s);
        all += length("x" + i + "y" + s + "z");
        all += length("x" + l);
        all += length("x" + l + "y");
        all += length(s + l);
        all += length("x" + s + "y" + l);
        all += length("x" + c);
        all += length(s + c);
        all += length(s + c + s);
        all += length("x" + c + "y");
        all += length("x" + z);
        all += length("x" + d);
        all += length("x" + d + "y");
        all += length("x" + o.getClass());
        all += length("x" + o.getClass() + "y");
        all += length(s + o.getClass());
        all += length("x" + s + "y" + s + "z" + s + "w");
        all += length("x" + i + "y" + i + "z" + i);
        all += length("x" + i + "y" + s + "z" + i);
        all += length("x" + s + "y" + s + "z" + i);
        all += length("x" + l + "y" + l);
        all += length("x" + l + "y" + s);
        all += length("x" + d + "y" + d);
        all += length("x" + s + "y" + d);
        all += length("x" + i + s);
        all += length("x" + s + i);
        all += length("x" + z + "y");
        all += length("x" + s + "y" + z);
        return all;
    }

    private static int length(String s) {
        return s.length();
    }

    private static int lambdas(int n) {
        Runnable r = () -> {};
        r.run();
        Runnable capturing = () -> Integer.toString(n);
        capturing.run();
        Supplier<String> supplier = () -> "s";
        Supplier<Integer> capturingSupplier = () -> n;
        Function<String, Integer> function = String::length;
        Function<String, String> added = s -> s.concat("x");
        BiFunction<Integer, Integer, Integer> sum = Integer::sum;
        Predicate<String> empty = String::isEmpty;
        Consumer<Object> nothing = o -> {};
        nothing.accept(r);
        IntFunction<int[]> array = int[]::new;
        Supplier<List<String>> make = ArrayList::new;
        Comparator<String> byLength = Comparator.comparing(String::length);
        return function.apply(supplier.get())
                + capturingSupplier.get()
                + added.apply("x").length()
                + sum.apply(1, 2)
                + array.apply(2).length
                + make.get().size()
                + byLength.thenComparing(Comparator.naturalOrder()).compare("a", "bb")
                + (empty.negate().test("") ? 1 : 0);
    }

    private static int collections() {
        Map<String, List<Integer>> map = new HashMap<>();
        for (int i = 0; i < 20; i++) {
            map.computeIfAbsent("k" + i % 3, k -> new ArrayList<>()).add(i);
            map.merge("m", List.of(i), (a, b) -> b);
        }
        Map<String, Integer> sorted = new TreeMap<>();
        map.forEach((k, v) -> sorted.put(k, v.size()));
        for (Map.Entry<String, Integer> e : sorted.entrySet()) {
            sorted.put(e.getKey(), e.getValue() + 1);
        }
        List<String> names = new ArrayList<>(sorted.keySet());
        names.sort(Comparator.reverseOrder());
        names.removeIf(String::isEmpty);
        int[] numbers = {3, 1, 2};
        Arrays.sort(numbers);
        return names.size() + numbers[0] + Arrays.asList(1, 2).size() + Map.of("a", 1, "b", 2).size()
                + Optional.of(names).map(List::size).orElse(0);
    }

    private static int streams() {
        List<String> words = List.of("one", "two", "three");
        String joined = words.stream().filter(w -> w.length() > 2).map(String::toUpperCase)
                .collect(Collectors.joining(","));
        Map<Integer, List<String>> grouped = words.stream().collect(Collectors.groupingBy(String::length));
        int sum = IntStream.rangeClosed(1, 10).map(i -> i * i).filter(i -> i % 2 == 0).sum();
        List<Integer> sorted = words.stream().map(String::length).sorted().collect(Collectors.toList());
        int most = words.stream().mapToInt(String::length).max().orElse(0);
        return joined.length() + grouped.size() + sum + sorted.size() + most + words.stream().reduce("", String::concat).length();
    }

    private static int text(int n) {
        StringBuilder b = new StringBuilder();
        b.append(n).append(' ').append(2L).append(1.5).append(true).append("x").insert(0, 'y').reverse();
        StringJoiner joiner = new StringJoiner(", ", "[", "]");
        joiner.add("a").add("b");
        String[] parts = "a,b;c".split(",");
        String text = String.join("-", parts) + "  x ".trim() + "ab".repeat(2) + "aXb".replace("X", "yy");
        int value = Integer.parseInt("12") + (int) Long.parseLong("34") + (int) Double.parseDouble("1.5");
        return b.length() + joiner.length() + text.length() + value + "abc".chars().sum()
                + switchOn("b") + "line\nline".lines().toArray().length;
    }

    private static int switchOn(String s) {
        switch (s) {
            case "a":
                return 1;
            case "b":
                return 2;
            default:
                return 0;
        }
    }
}
