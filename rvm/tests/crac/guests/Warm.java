import java.util.Arrays;
import java.util.concurrent.SynchronousQueue;
import rvm.guest.Guest;

/** Is brought up to its checkpoint once, with a thread that waits for work; each process then has its own arguments. */
public class Warm {
    public static void main(String[] args) throws Exception {
        if (System.getProperty("ends") != null) {
            System.exit(4);
        }
        int[] squares = new int[1000];
        for (int i = 0; i < squares.length; i++) {
            squares[i] = i * i;
        }
        SynchronousQueue<Integer> work = new SynchronousQueue<>();
        Thread worker = new Thread(() -> {
            try {
                for (int n = work.take(); n >= 0; n = work.take()) {
                    System.out.println(n + " squared is " + squares[n]);
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        worker.start();
        System.out.println("warm " + System.getProperty("colour") + " " + Arrays.toString(Guest.arguments()));
        Guest.suspend();
        for (String word : Guest.arguments()) {
            work.put(Integer.parseInt(word));
        }
        work.put(-1);
        worker.join();
        System.out.println(System.getProperty("colour") + " " + System.getenv("CRAC_TEST"));
    }
}
