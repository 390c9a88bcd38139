// vm: -Xmx128m
import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.LockInfo;
import java.lang.management.ManagementFactory;
import java.lang.management.MonitorInfo;
import java.lang.management.RuntimeMXBean;
import java.lang.management.ThreadInfo;
import java.util.Arrays;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/** What the management beans tell of threads and locks, memory and the machine. */
public class Monitoring {
    static final com.sun.management.ThreadMXBean THREADS =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    static final Object A = new Object();
    static final Object B = new Object();
    static final ReentrantLock L1 = new ReentrantLock();
    static final ReentrantLock L2 = new ReentrantLock();
    static final AtomicInteger MONITORS = new AtomicInteger();
    static final AtomicInteger LOCKS = new AtomicInteger();

    /** Waits until both threads of a pair are here. */
    static void meet(AtomicInteger pair) {
        pair.incrementAndGet();
        while (pair.get() < 2) {
            Thread.onSpinWait();
        }
    }

    static void nested() {
        synchronized (A.getClass()) {
            synchronized (L1.getClass()) {
                try {
                    Thread.sleep(1_000_000);
                } catch (InterruptedException e) {
                    System.out.println(e);
                }
            }
        }
    }

    static void waits() {
        synchronized (String.class) {
            try {
                String.class.wait();
            } catch (InterruptedException e) {
                System.out.println(e);
            }
        }
    }

    static Thread start(String name, Thread.State state, Runnable body) throws InterruptedException {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    static void until(Thread thread, Thread.State state) throws InterruptedException {
        while (thread.getState() != state) {
            Thread.sleep(1);
        }
    }

    static String name(LockInfo lock) {
        return lock == null ? "none" : lock.getClassName();
    }

    static TreeSet<String> names(long[] ids) {
        TreeSet<String> names = new TreeSet<>();
        if (ids != null) {
            for (long id : ids) {
                names.add(THREADS.getThreadInfo(id).getThreadName());
            }
        }
        return names;
    }

    static void threads() throws InterruptedException {
        System.out.println(names(THREADS.findDeadlockedThreads()));
        Thread nested = start("nested", Thread.State.TIMED_WAITING, Monitoring::nested);
        until(nested, Thread.State.TIMED_WAITING);
        Thread waits = start("waits", Thread.State.WAITING, Monitoring::waits);
        until(waits, Thread.State.WAITING);
        Thread[] dead = {
            start("monitor 1", Thread.State.BLOCKED, () -> {
                synchronized (A) {
                    meet(MONITORS);
                    synchronized (B) {
                        System.out.println("never");
                    }
                }
            }),
            start("monitor 2", Thread.State.BLOCKED, () -> {
                synchronized (B) {
                    meet(MONITORS);
                    synchronized (A) {
                        System.out.println("never");
                    }
                }
            }),
            start("lock 1", Thread.State.WAITING, () -> {
                L1.lock();
                meet(LOCKS);
                L2.lock();
            }),
            start("lock 2", Thread.State.WAITING, () -> {
                L2.lock();
                meet(LOCKS);
                L1.lock();
            }),
        };
        for (int i = 0; i < dead.length; i++) {
            until(dead[i], i < 2 ? Thread.State.BLOCKED : Thread.State.WAITING);
        }
        System.out.println(names(THREADS.findDeadlockedThreads()));
        System.out.println(names(THREADS.findMonitorDeadlockedThreads()));
        for (ThreadInfo info : THREADS.dumpAllThreads(true, true)) {
            if (!info.getThreadName().matches("nested|waits|(monitor|lock) \\d")) {
                continue;
            }
            System.out.println(info.getThreadName() + " " + info.getThreadState() + " for "
                + name(info.getLockInfo()) + " of " + info.getLockOwnerName() + " daemon "
                + info.isDaemon() + " priority " + info.getPriority());
            for (MonitorInfo monitor : info.getLockedMonitors()) {
                System.out.println("  has " + monitor.getClassName() + " at "
                    + monitor.getLockedStackDepth() + " " + monitor.getLockedStackFrame());
            }
            for (LockInfo lock : info.getLockedSynchronizers()) {
                System.out.println("  has " + lock.getClassName());
            }
        }
        ThreadInfo two = THREADS.getThreadInfo(waits.getId(), 2);
        System.out.println(Arrays.toString(two.getStackTrace()) + " " + (two.getWaitedCount() > 0));
        System.out.println(THREADS.getThreadInfo(waits.getId()).getStackTrace().length);
        System.out.println(THREADS.getThreadInfo(999_999_999) == null);
    }

    static void times() throws InterruptedException {
        Thread busy = start("busy", Thread.State.RUNNABLE, () -> {
            byte[][] some = new byte[100][];
            for (int i = 0; true; i = (i + 1) % some.length) {
                some[i] = new byte[100];
            }
        });
        long id = busy.getId();
        while (THREADS.getThreadCpuTime(id) < 1_000_000
            || THREADS.getThreadUserTime(id) <= 0 || THREADS.getThreadAllocatedBytes(id) < 10_000) {
            Thread.sleep(1);
        }
        System.out.println(THREADS.getThreadCpuTime(999_999_999));
        System.out.println(THREADS.getCurrentThreadCpuTime() > 0);
        long own = Thread.currentThread().getId();
        long before = THREADS.getThreadAllocatedBytes(own);
        byte[] large = new byte[1 << 20];
        byte[] small = new byte[5000];
        long got = THREADS.getThreadAllocatedBytes(own) - before;
        System.out.println(got >= large.length + small.length && got < 2 * large.length);
        THREADS.setThreadContentionMonitoringEnabled(true);
        System.out.println(THREADS.isThreadContentionMonitoringEnabled());
        Thread.sleep(20);
        ThreadInfo info = THREADS.getThreadInfo(own);
        System.out.println(info.getWaitedTime() >= 19 && info.getBlockedTime() >= 0);
        System.out.println(THREADS.getPeakThreadCount() >= THREADS.getThreadCount()
            && THREADS.getDaemonThreadCount() < THREADS.getThreadCount()
            && THREADS.getTotalStartedThreadCount() >= THREADS.getThreadCount());
    }

    static void machine() throws InterruptedException {
        var os = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        double load;
        do {
            Thread.sleep(1);
            load = os.getProcessCpuLoad();
        } while (load <= 0);
        System.out.println(load <= 1 && os.getCpuLoad() <= 1);
        System.out.println(os.getTotalMemorySize() > os.getFreeMemorySize()
            && os.getProcessCpuTime() > 0 && os.getOpenFileDescriptorCount() > 2);
        RuntimeMXBean runtime = ManagementFactory.getRuntimeMXBean();
        System.out.println(runtime.getSpecVersion() + " " + runtime.getManagementSpecVersion() + " "
            + runtime.getName().startsWith(ProcessHandle.current().pid() + "@") + " "
            + runtime.getInputArguments());
        long collections = 0;
        System.gc();
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            collections += collector.getCollectionCount();
        }
        System.out.println(collections > 0);
        var diagnostic = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        var limit = diagnostic.getVMOption("MaxHeapSize");
        System.out.println(limit.getName() + " " + limit.getValue() + " " + limit.isWriteable());
        try {
            diagnostic.getVMOption("NoSuchOption");
        } catch (IllegalArgumentException e) {
            System.out.println(e);
        }
    }

    public static void main(String[] args) throws InterruptedException {
        threads();
        times();
        machine();
    }
}
