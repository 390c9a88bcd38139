import java.io.*;
import java.util.*;
import org.jacoco.core.analysis.*;
import org.jacoco.core.data.*;
import org.jacoco.core.instr.Instrumenter;
import org.jacoco.core.runtime.*;

/** Classes instrumented by JaCoCo, loaded anew and run; then which of their lines ran. */
public class DCover {
    public static class Target implements Runnable {
        public void run() {
            int sum = 0;
            for (int i = 0; i < 10; i++) {
                if (i % 3 == 0) sum += i; else sum -= 1;
                if (i > 100) sum = never(sum);
            }
            Runnable r = () -> System.out.println("ran");
            r.run();
            System.out.println(sum);
        }

        private int never(int n) {
            switch (n) {
                case 1: return 2;
                default: return 3;
            }
        }
    }

    static byte[] bytes(String name) throws IOException {
        return DCover.class.getResourceAsStream("/" + name.replace('.', '/') + ".class").readAllBytes();
    }

    public static void main(String[] a) throws Exception {
        IRuntime runtime = new LoggerRuntime();
        String name = Target.class.getName();
        byte[] instrumented = new Instrumenter(runtime).instrument(bytes(name), name);
        RuntimeData data = new RuntimeData();
        runtime.startup(data);
        ClassLoader loader = new ClassLoader(DCover.class.getClassLoader()) {
            @Override
            protected Class<?> loadClass(String n, boolean resolve) throws ClassNotFoundException {
                if (!n.equals(name)) return super.loadClass(n, resolve);
                Class<?> known = findLoadedClass(n);
                return known != null ? known : defineClass(n, instrumented, 0, instrumented.length);
            }
        };
        ((Runnable) loader.loadClass(name).getConstructor().newInstance()).run();
        ExecutionDataStore store = new ExecutionDataStore();
        data.collect(store, new SessionInfoStore(), false);
        runtime.shutdown();
        CoverageBuilder builder = new CoverageBuilder();
        new Analyzer(store, builder).analyzeClass(bytes(name), name);
        for (IClassCoverage c : builder.getClasses()) {
            System.out.println(c.getName() + " " + c.getInstructionCounter().getCoveredCount() + "/" + c.getInstructionCounter().getTotalCount() + " branches " + c.getBranchCounter().getMissedCount());
            for (IMethodCoverage m : c.getMethods()) System.out.println("  " + m.getName() + " " + m.getMethodCounter().getStatus() + " " + m.getComplexityCounter().getCoveredCount());
            for (int i = c.getFirstLine(); i <= c.getLastLine(); i++) System.out.print(c.getLine(i).getStatus());
            System.out.println();
        }
    }
}
