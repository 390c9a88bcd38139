import jdk.crac.Context;
import jdk.crac.Core;
import jdk.crac.Resource;

/** Is saved from outside; says what it is told of that, and ends when it has been gone on with. */
public class Asked {
    public static void main(String[] args) throws Exception {
        boolean[] after = new boolean[1];
        boolean[] fails = {args.length > 0};
        boolean[] refused = new boolean[1];
        Resource told = new Resource() {
            public void beforeCheckpoint(Context<? extends Resource> context) throws Exception {
                System.out.println("before in " + Thread.currentThread().getName());
                if (fails[0]) {
                    fails[0] = false;
                    refused[0] = true;
                    throw new Exception("busy");
                }
            }

            public void afterRestore(Context<? extends Resource> context) {
                System.out.println("after");
                synchronized (after) {
                    // A refusal is not the end.
                    after[0] = !refused[0];
                    refused[0] = false;
                    after.notifyAll();
                }
            }
        };
        Core.getGlobalContext().register(told);
        System.out.println("ready");
        System.out.flush();
        synchronized (after) {
            while (!after[0] && System.getenv("CRAC_END") == null) {
                after.wait(100);
            }
        }
        // Who has asked hears of it.
        Thread.sleep(200);
        System.out.println("end " + told.hashCode() * 0);
    }
}
