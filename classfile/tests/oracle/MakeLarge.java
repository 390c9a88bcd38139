/** Writes the source of tests/data/Large.class (compile with javac 17 -g). */
public class MakeLarge {
    public static void main(String[] args) {
        System.out.println("import java.util.*;\npublic class Large {");
        for (int i = 0; i < 240; i++) {
            System.out.printf("    private final Map<String, List<Integer>> field%d = new HashMap<>();%n", i);
            System.out.printf("    @Deprecated public int method%d(int a, long b, String c, double[] d) {%n", i);
            System.out.printf("        int sum = %d; for (int k = 0; k < a; k++) { sum += k * %d; }%n", i * 7919, i);
            System.out.printf("        switch (a) { case %d: return sum; case %d: sum++; default: }%n", i, i * 3 + 1);
            System.out.printf("        try { field%d.computeIfAbsent(c, key -> new ArrayList<>()).add(sum); }%n", i);
            System.out.println("        catch (IllegalStateException e) { throw new RuntimeException(e); }");
            System.out.printf("        return sum + (int) b + c.length() + (int) d[%d] + \"text%d\".length();%n    }%n", i % 5, i);
        }
        System.out.println("}");
    }
}
