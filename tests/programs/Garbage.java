// args: 60
// vm: -Xmx200m
import java.lang.ref.Cleaner;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.SoftReference;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Objects that live, die and move: graphs that must survive, references, hashes, finalizers, running out of memory. */
public class Garbage {
    static class Node {
        Node left;
        Node right;
        Object payload;
        final int id;

        Node(int id) {
            this.id = id;
        }
    }

    static Node tree(int depth, int id) {
        Node n = new Node(id);
        n.payload = depth % 2 == 0 ? new int[] {id, depth} : "node " + id;
        if (depth > 0) {
            n.left = tree(depth - 1, 2 * id);
            n.right = tree(depth - 1, 2 * id + 1);
        }
        return n;
    }

    static long check(Node n) {
        if (n == null) {
            return 0;
        }
        long own = n.payload instanceof int[] a ? a[0] * 3L + a[1] : n.payload.hashCode();
        return own + n.id + check(n.left) + check(n.right);
    }

    static boolean eventually(java.util.function.BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 200 && !condition.getAsBoolean(); i++) {
            System.gc();
            Thread.sleep(5);
        }
        return condition.getAsBoolean();
    }

    static void references() throws Exception {
        Object kept = new Object();
        ReferenceQueue<Object> queue = new ReferenceQueue<>();
        WeakReference<Object> live = new WeakReference<>(kept);
        WeakReference<Object> dead = new WeakReference<>(new Object(), queue);
        SoftReference<byte[]> soft = new SoftReference<>(new byte[10]);
        PhantomReference<Object> phantom = new PhantomReference<>(new Object(), queue);
        System.out.println("weak " + eventually(() -> dead.get() == null) + " " + (live.get() == kept));
        System.out.println("soft " + (soft.get() != null) + ", phantom " + phantom.get());
        int queued = 0;
        while (queued < 2 && queue.remove(2000) != null) {
            queued++;
        }
        System.out.println("queued " + queued);
        WeakHashMap<Object, String> map = new WeakHashMap<>();
        map.put(kept, "kept");
        map.put(new Object(), "gone");
        System.out.println("map " + eventually(() -> map.size() == 1) + " " + map.get(kept));
        CountDownLatch cleaned = new CountDownLatch(1);
        Cleaner.create().register(new Object(), cleaned::countDown);
        for (int i = 0; i < 100 && !cleaned.await(20, TimeUnit.MILLISECONDS); i++) {
            System.gc();
        }
        System.out.println("cleaned " + (cleaned.getCount() == 0));
    }

    public static void main(String[] args) throws Exception {
        int rounds = Integer.parseInt(args[0]);
        Node root = tree(9, 1);
        long before = check(root);
        Map<Object, Integer> byIdentity = new HashMap<>();
        List<Object> objects = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            Object o = new Object();
            objects.add(o);
            byIdentity.put(o, i);
        }
        long total = 0;
        for (int i = 0; i < rounds; i++) {
            Node young = tree(6, i + 1);
            // Old objects that refer to young ones.
            root.right.right.payload = young;
            root.left.left.payload = "text " + i;
            byte[] large = new byte[100_000 + i];
            large[i] = (byte) i;
            total += check(young) + large[i];
        }
        root.right.right.payload = "node 7";
        root.left.left.payload = "node 4";
        System.out.println(total + " " + ((Object) before).equals(check(root)) + " " + check(root.left));
        int found = 0;
        for (int i = 0; i < objects.size(); i++) {
            found += byIdentity.get(objects.get(i)) == i ? 1 : 0;
        }
        System.out.println("hashes " + found);
        references();
        Node chain = null;
        for (int i = 0; i < 100_000; i++) {
            Node n = new Node(i);
            n.left = chain;
            chain = n;
        }
        System.gc();
        int length = 0;
        for (Node n = chain; n != null; n = n.left) {
            length++;
        }
        System.out.println("chain " + length);
        chain = null;
        for (int i = 0; i < 2; i++) {
            try {
                List<long[]> hoard = new ArrayList<>();
                while (true) {
                    hoard.add(new long[1_000_000]);
                }
            } catch (OutOfMemoryError e) {
                System.out.println(e.getMessage());
            }
        }
        try {
            System.out.println(new int[Integer.MAX_VALUE].length);
        } catch (OutOfMemoryError e) {
            System.out.println(e.getMessage());
        }
    }
}
