// vm: -Xint --add-opens java.base/java.lang=ALL-UNNAMED
import java.lang.reflect.Method;
import java.util.List;

/** Frames with the values of their locals, operands and locks. */
public class LiveFrames {
    static Object[] get(Object frame, String what) throws Exception {
        Method method = Class.forName("java.lang.LiveStackFrame").getMethod(what);
        method.setAccessible(true);
        return (Object[]) method.invoke(frame);
    }

    static String text(Object value) {
        return value instanceof StackWalker || value instanceof Object[] || value instanceof Method
            ? value.getClass().getSimpleName()
            : value.toString();
    }

    /** The first values of a frame: what follows is not set yet. */
    static void show(Object frame, String what, int count) throws Exception {
        Object[] values = get(frame, what);
        StringBuilder line = new StringBuilder("  " + what);
        for (int i = 0; i < Math.min(count, values.length); i++) {
            line.append(' ').append(values[i] == null ? "null" : text(values[i]));
        }
        System.out.println(line);
    }

    static synchronized int inner(StackWalker walker, String lock, int number) throws Exception {
        synchronized (lock) {
            List<StackWalker.StackFrame> frames = walker.walk(all -> all.limit(2).toList());
            for (StackWalker.StackFrame frame : frames) {
                System.out.println(frame.getMethodName());
                show(frame, "getLocals", 3);
                show(frame, "getStack", 2);
                show(frame, "getMonitors", 2);
            }
            return number;
        }
    }

    static int outer(StackWalker walker, int number) throws Exception {
        int twice = number * 2;
        return twice + inner(walker, "lock", twice);
    }

    public static void main(String[] args) throws Exception {
        Method method = Class.forName("java.lang.LiveStackFrame").getMethod("getStackWalker");
        method.setAccessible(true);
        StackWalker walker = (StackWalker) method.invoke(null);
        System.out.println(outer(walker, 21));
    }
}
