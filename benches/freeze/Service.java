import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A small service as snapshots meet them: some 32 MiB of small objects (orders with their lines, customers by name, an
 * index), threads that wait for work, one that makes some, and one that says every millisecond that it is alive.
 *
 * usage: Service [ORDERS]
 */
public class Service {
    record Line(String article, int count, long cents) {}

    record Order(long id, String customer, List<Line> lines) {
        long total() {
            long sum = 0;
            for (Line line : lines) sum += line.count * line.cents;
            return sum;
        }
    }

    static final Map<Long, Order> orders = new ConcurrentHashMap<>();
    static final Map<String, List<Order>> byCustomer = new HashMap<>();
    static final TreeMap<Long, Order> byTotal = new TreeMap<>();

    static void add(long id) {
        String customer = "customer " + id % 5003;
        List<Line> lines = new ArrayList<>(4);
        for (int i = 0; i < 4; i++) lines.add(new Line("article " + (id * 31 + i * 7), i + 1, id % 977 + 1));
        Order order = new Order(id, customer, lines);
        orders.put(id, order);
        byCustomer.computeIfAbsent(customer, name -> new ArrayList<>()).add(order);
        byTotal.put(order.total() << 32 | id, order);
    }

    static long usedBytes() {
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    public static void main(String[] args) throws Exception {
        int count = args.length > 0 ? Integer.parseInt(args[0]) : 58_000;
        System.gc();
        long before = usedBytes();
        for (long id = 0; id < count; id++) add(id);
        System.gc();
        long live = usedBytes();
        BlockingQueue<Long> work = new LinkedBlockingQueue<>();
        for (int i = 0; i < 3; i++) {
            Thread worker = new Thread(() -> {
                try {
                    for (long sum = 0;; ) sum += orders.get(work.take()).total();
                } catch (InterruptedException e) {
                    // The end.
                }
            }, "worker " + i);
            worker.setDaemon(true);
            worker.start();
        }
        Thread client = new Thread(() -> {
            try {
                for (long id = 1;; id = id * 69_069 % count) {
                    work.put(id);
                    Thread.sleep(10);
                }
            } catch (InterruptedException e) {
                // The end.
            }
        }, "client");
        client.setDaemon(true);
        client.start();
        System.out.println("live " + live + " " + (live - before));
        for (long tick = 0;; tick++) {
            System.out.println("tick " + tick + " " + System.nanoTime() + " " + System.currentTimeMillis());
            Thread.sleep(1);
        }
    }
}
