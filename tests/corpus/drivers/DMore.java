import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.io.*;
import com.caucho.hessian.io.*;
import java.io.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.AtomicInteger;
import org.joni.*;
import org.jcodings.specific.UTF8Encoding;
import org.jsoup.Jsoup;
import org.msgpack.core.*;
import org.mvel2.MVEL;
import org.quartz.*;
import org.quartz.impl.StdSchedulerFactory;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.schedulers.Schedulers;

/** Serialisers, expression compilers, a scheduler, streams of events, an HTML parser, a regular expression machine. */
public class DMore {
    public static class Node implements Serializable {
        public String name;
        public List<Node> next = new ArrayList<>();
        public Map<String, Object> extra = new TreeMap<>();
        public transient int lost = 7;
        public Node() { }
        Node(String n) { name = n; }
    }

    public static class Count implements Job {
        static final CountDownLatch RUNS = new CountDownLatch(3);
        public void execute(JobExecutionContext x) { RUNS.countDown(); }
    }

    static Node graph() {
        Node a = new Node("a"), b = new Node("b");
        a.next.add(b);
        b.next.add(a);
        b.extra.put("k", new int[] {1, 2});
        a.extra.put("date", new Date(0));
        return a;
    }

    static String show(Node n) {
        return n.name + n.next.get(0).name + (n.next.get(0).next.get(0) == n) + Arrays.toString((int[]) n.next.get(0).extra.get("k")) + ((Date) n.extra.get("date")).getTime() + n.lost;
    }

    public static void main(String[] a) throws Exception {
        Kryo kryo = new Kryo();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (Output o = new Output(bytes)) { kryo.writeObject(o, graph()); }
        System.out.println("kryo " + bytes.size() + " " + show(kryo.readObject(new Input(bytes.toByteArray()), Node.class)));
        bytes.reset();
        Hessian2Output h = new Hessian2Output(bytes);
        h.writeObject(graph());
        h.close();
        System.out.println("hessian " + bytes.size() + " " + show((Node) new Hessian2Input(new ByteArrayInputStream(bytes.toByteArray())).readObject()));
        bytes.reset();
        try (ObjectOutputStream o = new ObjectOutputStream(bytes)) { o.writeObject(graph()); }
        System.out.println("java " + bytes.size() + " " + show((Node) new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject()));
        MessageBufferPacker p = MessagePack.newDefaultBufferPacker();
        p.packMapHeader(1).packString("k").packArrayHeader(3).packInt(-5).packDouble(1.5).packLong(1L << 40);
        System.out.println("msgpack " + MessagePack.newDefaultUnpacker(p.toByteArray()).unpackValue());
        Map<String, Object> vars = new HashMap<>(Map.of("list", Arrays.asList(3, 1, 2), "s", "text"));
        System.out.println("mvel " + MVEL.eval("($ * 2 in list).toString() + s.toUpperCase()", vars) + MVEL.executeExpression(MVEL.compileExpression("t = 0; foreach (x : list) { t += x * x; } t"), vars));
        System.out.println("ognl " + ognl.Ognl.getValue("next[0].{? #this.name != null}.size() + name.length() * 3", graph()));
        StdSchedulerFactory f = new StdSchedulerFactory();
        Properties q = new Properties();
        q.put("org.quartz.threadPool.threadCount", "2");
        q.put("org.quartz.threadPool.class", "org.quartz.simpl.SimpleThreadPool");
        q.put("org.quartz.scheduler.skipUpdateCheck", "true");
        f.initialize(q);
        Scheduler s = f.getScheduler();
        s.scheduleJob(JobBuilder.newJob(Count.class).build(), TriggerBuilder.newTrigger().withSchedule(SimpleScheduleBuilder.simpleSchedule().withIntervalInMilliseconds(20).withRepeatCount(2)).build());
        s.start();
        System.out.println("quartz " + Count.RUNS.await(20, TimeUnit.SECONDS));
        s.shutdown(true);
        System.out.println("rx " + Observable.range(1, 500).flatMap(i -> Observable.just(i).subscribeOn(Schedulers.computation()).map(x -> x * x)).filter(x -> x % 3 == 1).reduce(0L, (x, y) -> x + y).blockingGet());
        org.jsoup.nodes.Document d = Jsoup.parse("<p>One<b>two</p><table><td>x<tr><td class=k>y &eacute; <a href='/z?a=1&b=2'>link</a><ul><li>1<li>2");
        System.out.println("jsoup " + d.select("td.k > a[href]").attr("href") + " " + d.select("li").eachText() + " " + d.text());
        byte[] pattern = "(?<y>\\d{4})-(?<m>\\d\\d)(?!-99)|é+".getBytes("UTF-8"), text = "on 2020-13-99, 1999-12-01 ééé".getBytes("UTF-8");
        Regex r = new Regex(pattern, 0, pattern.length, Option.NONE, UTF8Encoding.INSTANCE);
        org.joni.Matcher m = r.matcher(text);
        for (int at = 0; (at = m.search(at, text.length, Option.DEFAULT)) >= 0; at = m.getEnd()) System.out.println("joni " + m.getBegin() + ".." + m.getEnd());
        System.exit(0);
    }
}
