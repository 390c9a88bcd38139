import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import jdk.crac.Core;

/** Checkpoints at odd places; each ends a process. Without {@code jdk.crac} it does without. */
public class Places {
    static final boolean IMPLEMENTED = isImplemented();

    static boolean isImplemented() {
        try {
            Class.forName("jdk.crac.Core");
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    public static void checkpoint() {
        try {
            if (IMPLEMENTED) {
                Core.checkpointRestore();
            }
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    static class InInitialiser {
        static final int VALUE;

        static {
            checkpoint();
            VALUE = 7;
        }
    }

    static class InConstructor {
        final int n;

        InConstructor(int n) {
            checkpoint();
            this.n = n;
        }
    }

    static int recursive(int depth) {
        if (depth == 0) {
            checkpoint();
            return 1;
        }
        synchronized (Places.class) {
            return depth + recursive(depth - 1);
        }
    }

    interface Defaults {
        default String text(long a, double b, Object c) {
            checkpoint();
            return a + " " + b + " " + c;
        }
    }

    public static void main(String[] args) throws Throwable {
        System.out.println(InInitialiser.VALUE);
        System.out.println(new InConstructor(3).n + " " + InConstructor.class.getDeclaredConstructor(int.class)
                .newInstance(4).n);
        System.out.println(recursive(50));
        System.out.println(new Defaults() {}.text(1L << 40, 0.5, List.of(1)));
        System.out.println(Places.class.getMethod("checkpoint").invoke(null));
        MethodHandles.lookup().findStatic(Places.class, "checkpoint", MethodType.methodType(void.class)).invoke();
        System.out.println(IntStream.range(0, 3).map(i -> {
            if (i == 1) {
                checkpoint();
            }
            return i * i;
        }).sum());
        Object lock = new Object();
        Thread sleeper = new Thread(() -> {
            synchronized (lock) {
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        });
        sleeper.start();
        while (sleeper.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        synchronized (lock) {
            checkpoint();
            lock.notify();
        }
        sleeper.join();
        try {
            checkpoint();
            throw new IllegalStateException("thrown after");
        } catch (IllegalStateException e) {
            System.out.println(e.getMessage());
        } finally {
            checkpoint();
        }
        together();
    }

    /** Several threads at once: one checkpoint after the other. */
    static void together() throws InterruptedException {
        CountDownLatch ready = new CountDownLatch(3);
        List<Thread> threads = new ArrayList<>();
        int[] done = new int[1];
        for (int i = 0; i < 3; i++) {
            Thread thread = new Thread(() -> {
                ready.countDown();
                checkpoint();
                synchronized (done) {
                    done[0]++;
                }
            });
            threads.add(thread);
            thread.start();
        }
        ready.await();
        for (Thread thread : threads) {
            thread.join();
        }
        System.out.println(done[0] + " threads");
    }
}
