import groovyx.gpars.dataflow.*;
import groovyx.gpars.group.DefaultPGroup;
import java.util.*;
import java.util.concurrent.*;
import com.codahale.metrics.*;
import org.eclipse.osgi.launch.EquinoxFactory;
import org.osgi.framework.launch.Framework;

/** Dataflow variables over a pool, meters, and a second OSGi framework. */
public class DActors {
    public static void main(String[] a) throws Throwable {
        DefaultPGroup group = new DefaultPGroup(3);
        DataflowVariable<Integer> x = new DataflowVariable<>(), y = new DataflowVariable<>();
        Promise<?> sum = group.task((Callable<Integer>) () -> x.getVal() * y.getVal());
        group.task((Runnable) () -> x.bind(6));
        group.task((Runnable) () -> y.bind(7));
        System.out.println("gpars " + sum.get());
        group.shutdown();
        MetricRegistry registry = new MetricRegistry();
        Histogram h = registry.histogram("h");
        for (int i = 1; i <= 100; i++) h.update(i);
        registry.counter("c").inc(5);
        System.out.println("metrics " + h.getSnapshot().getMedian() + " " + h.getSnapshot().getMax() + " " + registry.getNames());
        Framework f = new EquinoxFactory().newFramework(new HashMap<>(Map.of("org.osgi.framework.storage", "o/eq", "osgi.console.enable.builtin", "false")));
        f.start();
        System.out.println("equinox " + f.getState() + " " + f.getBundleContext().getBundles().length + " " + f.getBundleContext().getProperty("org.osgi.framework.vendor"));
        f.stop();
        f.waitForStop(10000);
        System.exit(0);
    }
}
