import java.io.*;
import java.util.*;
import java.util.jar.*;
import org.apache.felix.framework.FrameworkFactory;
import org.osgi.framework.*;
import org.osgi.framework.launch.Framework;

/** An OSGi framework: bundles with loaders of their own, services, starting and stopping. */
public class DFelix {
    public static class Activator implements BundleActivator {
        public void start(BundleContext c) {
            System.out.println("start " + c.getBundle().getSymbolicName() + " " + (getClass().getClassLoader() != DFelix.class.getClassLoader()) + " " + getClass().getClassLoader().equals(Activator.class.getClassLoader()));
            c.registerService(Runnable.class.getName(), (Runnable) () -> System.out.println("service of " + c.getBundle().getSymbolicName()), null);
        }
        public void stop(BundleContext c) { System.out.println("stop " + c.getBundle().getSymbolicName()); }
    }

    static InputStream bundle(String name) throws IOException {
        Manifest m = new Manifest();
        Attributes at = m.getMainAttributes();
        at.putValue("Manifest-Version", "1.0");
        at.putValue("Bundle-ManifestVersion", "2");
        at.putValue("Bundle-SymbolicName", name);
        at.putValue("Bundle-Activator", "DFelix$Activator");
        at.putValue("Import-Package", "org.osgi.framework");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(out, m)) {
            for (String c : new String[] {"DFelix$Activator", "DFelix"}) {
                jar.putNextEntry(new JarEntry(c + ".class"));
                jar.write(DFelix.class.getResourceAsStream(c + ".class").readAllBytes());
            }
        }
        return new ByteArrayInputStream(out.toByteArray());
    }

    public static void main(String[] a) throws Exception {
        Map<String, String> config = new HashMap<>();
        config.put("org.osgi.framework.storage", "o/cache");
        config.put("felix.log.level", "1");
        Framework f = new FrameworkFactory().newFramework(config);
        f.start();
        BundleContext c = f.getBundleContext();
        for (String n : new String[] {"one", "two"}) c.installBundle("mem:" + n, bundle(n)).start();
        ServiceReference<?>[] services = c.getServiceReferences(Runnable.class.getName(), null);
        Arrays.sort(services);
        for (ServiceReference<?> r : services) ((Runnable) c.getService(r)).run();
        Bundle one = c.getBundle("mem:one");
        System.out.println((one.loadClass("DFelix") != DFelix.class) + " " + (one.loadClass("org.osgi.framework.Bundle") == Bundle.class) + " " + (one.loadClass("DFelix") != c.getBundle("mem:two").loadClass("DFelix")));
        one.update(bundle("one"));
        one.uninstall();
        System.out.println(c.getBundles().length + " " + one.getState());
        f.stop();
        System.out.println(f.waitForStop(10000).getType() == FrameworkEvent.STOPPED);
        System.exit(0);
    }
}
