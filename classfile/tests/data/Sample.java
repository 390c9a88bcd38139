import java.io.IOException;
import java.util.function.Supplier;

/** The class that the parser's tests and benches read: compile with javac 17 -g -parameters. */
public class Sample<T extends Comparable<T>> implements Supplier<T> {
    static final long LONG = 5L;
    static final String TEXT = "text";
    @Deprecated int old;
    volatile double real;
    T value;

    record Point(@Deprecated int x, String name) {}

    sealed interface Shape permits Circle {}

    static final class Circle implements Shape {}

    public T get() {
        return value;
    }

    static int choose(int x, String s) throws IOException {
        switch (x) {
            case 1: case 2: case 3: return 4;
            case 1000: return 3;
            case 5000000: return 9;
            default:
        }
        switch (x) {
            case 7: x++; break;
            case 8: x += 300; break;
            case 9: x--; break;
            default: x = -x;
        }
        switch (s) {
            case "a": return 1;
            case "bb": return 2;
            default:
        }
        try {
            x += 1000;
            long q = x;
            q *= 3L;
            return (int) q;
        } catch (RuntimeException e) {
            int[][] a = new int[3][4];
            return a.length + new int[2].length;
        } finally {
            System.out.println("x" + x);
        }
    }

    public static void main(String[] args) {
        Runnable hello = () -> System.out.println("hi");
        hello.run();
        new Object() {
            public String toString() {
                return "inner";
            }
        }.toString();
    }
}
