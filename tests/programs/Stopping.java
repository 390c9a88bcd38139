import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/** Threads that other threads stop, suspend and resume. */
@SuppressWarnings({"deprecation", "removal"})
public class Stopping {
    interface Body {
        void run() throws InterruptedException;
    }

    static final Object LOCK = new Object();
    static volatile long count;
    static volatile boolean begun;

    static void spin() {
        while (true) {
            count++;
        }
    }

    static void until(Thread thread, Thread.State state) throws InterruptedException {
        while (!begun || thread.getState() != state) {
            Thread.sleep(1);
        }
    }

    static void stop(String name, Thread.State state, Body body) throws InterruptedException {
        AtomicReference<String> got = new AtomicReference<>("nothing");
        begun = false;
        Thread thread = new Thread(() -> {
            try {
                begun = true;
                body.run();
                got.set("returned");
            } catch (Throwable e) {
                got.set(e + ", interrupted: " + Thread.currentThread().isInterrupted());
            }
        });
        thread.setDaemon(true);
        thread.start();
        until(thread, state);
        thread.stop();
        thread.join(20_000);
        System.out.println(name + ": " + got.get() + ", alive: " + thread.isAlive());
    }

    static Thread spinner() throws InterruptedException {
        begun = false;
        Thread thread = new Thread(() -> {
            begun = true;
            spin();
        });
        thread.setDaemon(true);
        thread.start();
        until(thread, Thread.State.RUNNABLE);
        return thread;
    }

    public static void main(String[] args) throws InterruptedException {
        stop("spin", Thread.State.RUNNABLE, Stopping::spin);
        stop("sleep", Thread.State.TIMED_WAITING, () -> Thread.sleep(100_000));
        stop("wait", Thread.State.WAITING, () -> {
            synchronized (LOCK) {
                LOCK.wait();
            }
        });
        stop("park", Thread.State.WAITING, () -> {
            LockSupport.park();
            spin();
        });
        stop("queue", Thread.State.WAITING, () -> new LinkedBlockingQueue<String>().take());
        stop("finally", Thread.State.RUNNABLE, () -> {
            try {
                spin();
            } finally {
                System.out.println("in finally");
            }
        });
        stop("synchronized", Thread.State.RUNNABLE, () -> {
            synchronized (LOCK) {
                spin();
            }
        });
        synchronized (LOCK) {
            System.out.println("the lock is free");
        }

        Thread early = new Thread(() -> System.out.println("never"));
        early.stop();
        early.start();
        early.join();
        System.out.println("stopped early: " + early.getState());

        try {
            Thread.currentThread().stop();
        } catch (ThreadDeath e) {
            System.out.println("itself: " + e);
        }

        Thread handled = spinner();
        handled.setUncaughtExceptionHandler((thread, e) -> System.out.println("handler: " + e));
        handled.stop();
        handled.join();

        Thread suspended = spinner();
        suspended.suspend();
        long before = count;
        Thread.sleep(50);
        System.out.println("stands still: " + (count == before) + ", " + suspended.getState());
        suspended.resume();
        while (count == before) {
            Thread.sleep(1);
        }
        System.out.println("goes on");
        suspended.suspend();
        suspended.stop();
        suspended.join();

        Thread self = new Thread(() -> {
            count = 0;
            Thread.currentThread().suspend();
            count = -1;
        });
        count = 1;
        self.start();
        while (count != 0) {
            Thread.sleep(1);
        }
        // It may not have come to suspend itself yet.
        while (self.isAlive()) {
            self.resume();
            self.join(10);
        }
        System.out.println("suspended itself: " + count);
    }
}
