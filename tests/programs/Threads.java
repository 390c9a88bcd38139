import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** Threads: monitors, wait and notify, interruption, pools, atomics, thread locals, uncaught exceptions. */
public class Threads {
    static class Channel {
        private final ArrayDeque<Integer> queue = new ArrayDeque<>();

        synchronized void put(int value) throws InterruptedException {
            while (queue.size() >= 3) {
                wait();
            }
            queue.add(value);
            notifyAll();
        }

        synchronized int take() throws InterruptedException {
            while (queue.isEmpty()) {
                wait();
            }
            notifyAll();
            return queue.remove();
        }
    }

    static int plain;
    static volatile boolean stop;

    static synchronized void add(int n) {
        plain += n;
    }

    public static void main(String[] args) throws Exception {
        Channel channel = new Channel();
        AtomicLong sum = new AtomicLong();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 3; t++) {
            threads.add(new Thread(() -> {
                try {
                    for (int i = 1; i <= 200; i++) {
                        channel.put(i);
                        add(i);
                    }
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }));
            threads.add(new Thread(() -> {
                try {
                    for (int i = 0; i < 200; i++) {
                        sum.addAndGet(channel.take());
                    }
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread t : threads) {
            t.join();
        }
        System.out.println(sum + " " + plain);

        Thread sleeper = new Thread(() -> {
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException e) {
                System.out.println("interrupted, flag " + Thread.currentThread().isInterrupted());
            }
        });
        sleeper.start();
        sleeper.interrupt();
        sleeper.join();

        Thread parked = new Thread(() -> {
            while (!stop) {
                LockSupport.park();
            }
            System.out.println("unparked");
        });
        parked.start();
        stop = true;
        LockSupport.unpark(parked);
        parked.join();

        ReentrantLock lock = new ReentrantLock();
        ConcurrentHashMap<Integer, Integer> counts = new ConcurrentHashMap<>();
        CountDownLatch done = new CountDownLatch(4);
        ExecutorService pool = Executors.newFixedThreadPool(4);
        int[] guarded = new int[1];
        List<Future<Integer>> futures = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            int number = t;
            futures.add(pool.submit(() -> {
                for (int i = 0; i < 500; i++) {
                    counts.merge(i % 10, 1, Integer::sum);
                    lock.lock();
                    try {
                        guarded[0]++;
                    } finally {
                        lock.unlock();
                    }
                }
                done.countDown();
                return number * number;
            }));
        }
        done.await();
        int total = 0;
        for (Future<Integer> f : futures) {
            total += f.get();
        }
        pool.shutdown();
        System.out.println(total + " " + guarded[0] + " " + counts);

        ThreadLocal<String> local = ThreadLocal.withInitial(() -> Thread.currentThread().getName());
        local.get();
        Thread named = new Thread(() -> System.out.println(local.get()), "worker");
        named.start();
        named.join();
        System.out.println(local.get());

        Thread failing = new Thread(() -> {
            throw new IllegalStateException("on purpose");
        }, "failing");
        failing.setUncaughtExceptionHandler((t, e) -> System.out.println(t.getName() + " died of " + e));
        failing.start();
        failing.join();
        System.out.println(failing.getState() + " " + failing.isAlive());

        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
        Thread daemon = new Thread(() -> {
            while (true) {
                Thread.onSpinWait();
                LockSupport.parkNanos(1_000_000);
            }
        });
        daemon.setDaemon(true);
        daemon.start();
        Thread late = new Thread(() -> {
            LockSupport.parkNanos(20_000_000);
            System.out.println("after main");
        });
        late.start();
    }
}
