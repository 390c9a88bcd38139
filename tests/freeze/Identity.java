import java.net.*;
import java.security.*;
import java.util.*;
import java.util.concurrent.*;

/** Draws random numbers of all kinds, before and after it goes on in another process. */
public class Identity {
    static String draw(SecureRandom secure, Random own) throws Exception {
        List<Object> all = new ArrayList<>();
        all.add(secure.nextLong());
        all.add(UUID.randomUUID());
        all.add(ThreadLocalRandom.current().nextLong());
        all.add(new SplittableRandom().nextLong());
        all.add(new Random().nextLong());
        all.add(Math.random());
        return own.nextLong() + " " + all;
    }
    public static void main(String[] args) throws Exception {
        SecureRandom secure = new SecureRandom();
        Random own = new Random(5);
        draw(secure, own);
        InetAddress.getByName("localhost");
        InetAddress.getLocalHost();
        long before = System.currentTimeMillis(), nanos = System.nanoTime();
        System.out.println("ready");
        System.in.read();
        System.out.println(draw(secure, own));
        System.out.println(ProcessHandle.current().pid());
        System.out.println(ProcessHandle.current().info().startInstant().get().toEpochMilli() >= before - 20);
        System.out.println(java.lang.management.ManagementFactory.getRuntimeMXBean().getName().split("@")[0]);
        System.out.println(System.currentTimeMillis() - before >= 2000);
        System.out.println((System.nanoTime() - nanos) / 1_000_000 < 1500);
        InetAddress.getByName("localhost");
    }
}
