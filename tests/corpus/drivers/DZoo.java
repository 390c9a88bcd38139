import java.io.File;
import java.net.InetSocketAddress;
import java.util.*;
import java.util.concurrent.*;
import org.apache.zookeeper.*;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.server.*;

/** A ZooKeeper server and two clients in one process: watches, ephemeral and sequential nodes. */
public class DZoo {
    public static void main(String[] a) throws Exception {
        ZooKeeperServer server = new ZooKeeperServer(new File("o/snap"), new File("o/log"), 500);
        ServerCnxnFactory f = ServerCnxnFactory.createFactory(new InetSocketAddress("127.0.0.1", 0), 10);
        f.startup(server);
        String at = "127.0.0.1:" + f.getLocalPort();
        BlockingQueue<String> events = new LinkedBlockingQueue<>();
        CountDownLatch up = new CountDownLatch(2);
        Watcher w = e -> {
            if (e.getState() == Watcher.Event.KeeperState.SyncConnected && e.getType() == Watcher.Event.EventType.None) up.countDown();
            else if (e.getPath() != null) events.add(e.getType() + " " + e.getPath());
        };
        ZooKeeper one = new ZooKeeper(at, 20000, w);
        ZooKeeper two = new ZooKeeper(at, 20000, w);
        System.out.println(up.await(30, TimeUnit.SECONDS));
        one.create("/app", "x".getBytes(), ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        two.exists("/app/live", true);
        two.getChildren("/app", true);
        one.create("/app/live", new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        Set<String> seen = new TreeSet<>(Arrays.asList(events.poll(20, TimeUnit.SECONDS), events.poll(20, TimeUnit.SECONDS)));
        System.out.println(seen);
        for (int i = 0; i < 50; i++) two.create("/app/s-", ("" + i).getBytes(), ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL);
        List<String> children = two.getChildren("/app", false);
        Collections.sort(children);
        System.out.println(children.size() + " " + children.get(0) + " " + children.get(50));
        Stat s = two.setData("/app", "y".getBytes(), 0);
        System.out.println(s.getVersion());
        try { one.setData("/app", "z".getBytes(), 0); } catch (KeeperException e) { System.out.println(e.code()); }
        System.out.println(one.multi(Arrays.asList(Op.check("/app", 1), Op.delete("/app/s-0000000001", -1))).size());
        two.exists("/app/live", true);
        one.close();
        System.out.println(events.poll(20, TimeUnit.SECONDS));
        two.close();
        f.shutdown();
        System.exit(0);
    }
}
