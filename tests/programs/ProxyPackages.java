import java.lang.reflect.Proxy;

/** Packages of proxy classes, whose modules are made while the program runs. */
public class ProxyPackages {
    interface Hidden {
        int f();
    }

    public static void main(String[] args) {
        Object open = Proxy.newProxyInstance(null, new Class<?>[] {Runnable.class}, (p, m, a) -> null);
        Object own = Proxy.newProxyInstance(ProxyPackages.class.getClassLoader(), new Class<?>[] {Hidden.class}, (p, m, a) -> 7);
        System.out.println(((Hidden) own).f() + " " + own.getClass().getPackageName().isEmpty());
        System.out.println(open.getClass().getModule().isNamed() + " " + open.getClass().getModule().getDescriptor().name().startsWith("jdk.proxy"));
        System.out.println(open.getClass().getPackage() + " " + own.getClass().getPackage() + " " + String.class.getPackage());
        for (Package each : Package.getPackages()) {
            if (each.getName().equals("java.lang")) {
                System.out.println(each);
            }
        }
    }
}
