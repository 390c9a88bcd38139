// exit: 1
import java.io.IOException;
import java.util.ConcurrentModificationException;
import java.util.ArrayList;
import java.util.List;

/** Exceptions: messages of the VM, causes, suppressed ones, finally, deep recursion, failed initialisers. */
public class Failures {
    static class Resource implements AutoCloseable {
        final String name;

        Resource(String name) {
            this.name = name;
            System.out.println("open " + name);
        }

        @Override
        public void close() throws IOException {
            System.out.println("close " + name);
            throw new IOException("closing " + name);
        }
    }

    static class Broken {
        static final int VALUE = compute();

        static int compute() {
            throw new IllegalStateException("no value");
        }
    }

    interface Action {
        void run() throws Throwable;
    }

    static void attempt(String what, Action action) {
        try {
            action.run();
            System.out.println(what + ": nothing");
        } catch (Throwable e) {
            System.out.println(what + ": " + e + cause(e));
            for (Throwable s : e.getSuppressed()) {
                System.out.println("  suppressed " + s);
            }
        }
    }

    static String cause(Throwable e) {
        return e.getCause() == null ? "" : " <- " + e.getCause();
    }

    @SuppressWarnings("finally")
    static int swallow(int[] counter) {
        try {
            counter[0]++;
            throw new RuntimeException("lost");
        } finally {
            return ++counter[0];
        }
    }

    static int depth;

    static void recurse(long a, double b) {
        depth++;
        recurse(a + 1, b * 2);
    }

    public static void main(String[] args) {
        int[] array = new int[2];
        String text = "text";
        Object object = text;
        List<String> list = new ArrayList<>(List.of("a", "b", "c"));
        attempt("index", () -> array[2] = 1);
        attempt("negative index", () -> System.out.println(array[-1]));
        attempt("negative size", () -> System.out.println(new int[-3].length));
        attempt("cast", () -> System.out.println((Integer) object));
        attempt("array cast", () -> System.out.println(((Object[]) (Object) array).length));
        attempt("store", () -> ((Object[]) new String[1])[0] = 1);
        attempt("division", () -> System.out.println(1 / (array[0] * 2)));
        attempt("remainder", () -> System.out.println(1L % (long) array[1]));
        attempt("substring", () -> text.substring(3, 9));
        attempt("number", () -> Integer.parseInt("12x"));
        attempt("modification", () -> list.forEach(s -> list.remove(0)));
        attempt("null monitor", () -> {
            synchronized (array[0] == 0 ? (Object) null : array) {
                System.out.println("in");
            }
        });
        attempt("unowned", () -> array.notify());
        attempt("resources", () -> {
            try (Resource a = new Resource("a"); Resource b = new Resource("b")) {
                throw new Exception("body of " + a.name + b.name);
            }
        });
        attempt("initialiser", () -> System.out.println(Broken.VALUE));
        attempt("initialiser again", () -> System.out.println(Broken.VALUE));
        attempt("wrapped", () -> {
            try {
                throw new IOException("inner");
            } catch (IOException e) {
                throw new IllegalArgumentException("outer", e);
            }
        });
        attempt("null", () -> {
            throw (RuntimeException) (array[0] == 0 ? null : new RuntimeException());
        });
        attempt("no class", () -> Class.forName("no.such.Thing"));
        System.out.println("swallowed " + swallow(array));
        for (int round = 0; round < 3; round++) {
            depth = 0;
            try {
                recurse(1, 1);
            } catch (StackOverflowError e) {
                System.out.println("overflow " + (depth > 500) + " " + e.getMessage());
            }
        }
        StackTraceElement[] trace = new Throwable().getStackTrace();
        System.out.println(trace.length + " " + trace[0]);
        System.out.println(new ConcurrentModificationException("x").getStackTrace()[0].getMethodName());
        throw new IllegalStateException("the end", new Error("its cause"));
    }
}
