import java.lang.reflect.*;
import java.util.*;

/** Prints, for each method of NpeCases that throws an NPE: method, bci, message. */
public class NpeOracle {
    static sun.misc.Unsafe unsafe;

    static int bci(Throwable t) {
        Object[] chunks = (Object[]) unsafe.getObject(t, 16L);
        return ((int[]) chunks[1])[0] >>> 16;
    }

    public static void main(String[] args) throws Throwable {
        Field f = sun.misc.Unsafe.class.getDeclaredField("theUnsafe");
        f.setAccessible(true);
        unsafe = (sun.misc.Unsafe) f.get(null);
        Method[] all = NpeCases.class.getDeclaredMethods();
        Arrays.sort(all, Comparator.comparing(Method::getName));
        for (Method m : all) {
            if (m.getName().startsWith("_") || m.isSynthetic()) continue;
            m.setAccessible(true);
            Object[] vals = new Object[m.getParameterCount()];
            for (int i = 0; i < vals.length; i++) {
                Class<?> p = m.getParameterTypes()[i];
                if (p.isPrimitive()) vals[i] = Array.get(Array.newInstance(p, 1), 0);
                if (m.getName().equals("minusOne")) vals[i] = null;
            }
            try {
                m.invoke(new NpeCases(), vals);
                System.err.println(m.getName() + ": no exception");
            } catch (InvocationTargetException e) {
                Throwable t = e.getCause();
                if (!(t instanceof NullPointerException)) {
                    System.err.println(m.getName() + ": " + t);
                    continue;
                }
                StackTraceElement top = t.getStackTrace()[0];
                if (top.getClassName().equals("NpeCases") && !"own".equals(t.getMessage())) System.out.println(top.getMethodName() + "\t" + bci(t) + "\t" + t.getMessage());
            }
        }
    }
}
