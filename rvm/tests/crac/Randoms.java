import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import jdk.crac.Core;

/** Says what it draws after the checkpoint, one number to a line; the last is that of a generator of its own. */
public class Randoms {
    public static void main(String[] args) throws Exception {
        Random own = new Random(5);
        AtomicLong others = new AtomicLong();
        Object go = new Object();
        boolean[] gone = new boolean[1];
        Thread other = new Thread(() -> {
            ThreadLocalRandom.current().nextLong();
            synchronized (go) {
                gone[0] = true;
                go.notifyAll();
                while (gone[0]) {
                    try {
                        go.wait();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                }
            }
            others.set(ThreadLocalRandom.current().nextLong());
        });
        other.setDaemon(true);
        other.start();
        synchronized (go) {
            while (!gone[0]) {
                go.wait();
            }
        }
        System.err.println("" + Math.random() + ThreadLocalRandom.current().nextInt()
                + new Random().nextInt() + new SplittableRandom().nextInt() + own.nextInt());
        Core.checkpointRestore();
        synchronized (go) {
            gone[0] = false;
            go.notifyAll();
        }
        other.join();
        System.out.println(Math.random());
        System.out.println(ThreadLocalRandom.current().nextLong());
        System.out.println(new Random().nextLong());
        System.out.println(new SplittableRandom().nextLong());
        System.out.println(others.get());
        System.out.println(own.nextLong());
    }
}
