import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Reflection, proxies, annotations, method handles and variable handles. */
public class Reflection {
    @Retention(RetentionPolicy.RUNTIME)
    @interface Info {
        String value() default "none";

        int[] numbers() default {1, 2};

        Class<?> type() default Object.class;
    }

    @Info(value = "subject", type = String.class)
    public static class Subject implements Comparable<Subject> {
        public static final String NAME = "static";
        private int secret = 7;
        protected double[] data = {1.5};
        volatile long counter;

        public Subject() {}

        private Subject(int secret, String... rest) {
            this.secret = secret + rest.length;
        }

        public int add(int a, long b) {
            return (int) (a + b + secret);
        }

        @Info(numbers = {})
        private static String fail(Object o) {
            throw new IllegalStateException("failed with " + o);
        }

        @Override
        public int compareTo(Subject other) {
            return Integer.compare(secret, other.secret);
        }
    }

    interface Greeter {
        String greet(String name, int times);

        default int size() {
            return 3;
        }
    }

    public static void main(String[] args) throws Throwable {
        Class<?> type = Class.forName("Reflection$Subject");
        System.out.println(type + " " + Modifier.toString(type.getModifiers()) + " " + type.getEnclosingClass().getName());
        Field[] fields = type.getDeclaredFields();
        Arrays.sort(fields, Comparator.comparing(Field::getName));
        System.out.println(Arrays.toString(fields));
        Method[] methods = type.getDeclaredMethods();
        Arrays.sort(methods, Comparator.comparing(Method::toString));
        System.out.println(Arrays.toString(methods));
        System.out.println(Arrays.toString(type.getGenericInterfaces()) + " " + type.getAnnotation(Info.class).value() + " "
            + Arrays.toString(type.getAnnotation(Info.class).numbers()) + " " + type.getAnnotation(Info.class).type());

        Constructor<?> constructor = type.getDeclaredConstructor(int.class, String[].class);
        constructor.setAccessible(true);
        Object subject = constructor.newInstance(3, new String[] {"a", "b"});
        Field secret = type.getDeclaredField("secret");
        secret.setAccessible(true);
        System.out.println(secret.getInt(subject) + " " + constructor.isVarArgs());
        secret.set(subject, 40);
        Method add = type.getMethod("add", int.class, long.class);
        int sum = 0;
        for (int i = 0; i < 40; i++) {
            sum += (Integer) add.invoke(subject, i, 1L);
        }
        System.out.println(sum);
        Method fail = type.getDeclaredMethod("fail", Object.class);
        fail.setAccessible(true);
        try {
            fail.invoke(null, 5);
        } catch (InvocationTargetException e) {
            System.out.println(e.getCause() + " " + fail.getAnnotation(Info.class).numbers().length);
        }
        try {
            add.invoke(subject, "wrong", 1L);
        } catch (IllegalArgumentException e) {
            System.out.println(e.getMessage());
        }

        Greeter greeter = (Greeter) Proxy.newProxyInstance(Reflection.class.getClassLoader(), new Class<?>[] {Greeter.class},
            (proxy, method, arguments) -> method.getReturnType() == int.class
                ? 9 : method.getName() + Arrays.toString(arguments));
        System.out.println(greeter.greet("x", 2) + " " + greeter.size() + " " + Proxy.isProxyClass(greeter.getClass()));

        Object array = Array.newInstance(int.class, 2, 3);
        Array.setInt(Array.get(array, 1), 2, 5);
        System.out.println(Arrays.deepToString((int[][]) array) + " " + array.getClass().getComponentType());

        MethodHandles.Lookup lookup = MethodHandles.lookup();
        MethodHandle concat = lookup.findVirtual(String.class, "concat", MethodType.methodType(String.class, String.class));
        System.out.println((String) concat.invokeExact("a", "b") + concat.bindTo("c").invoke("d"));
        MethodHandle max = lookup.findStatic(Math.class, "max", MethodType.methodType(int.class, int.class, int.class));
        MethodHandle swapped = MethodHandles.permuteArguments(MethodHandles.insertArguments(max, 0, 10), max.type(), 1);
        System.out.println((int) swapped.invokeExact(99, 4) + " " + max.asSpreader(Object[].class, 2).invoke(new Object[] {3, 8}));
        MethodHandle guarded = MethodHandles.catchException(
            lookup.findStatic(Integer.class, "parseInt", MethodType.methodType(int.class, String.class)),
            NumberFormatException.class,
            MethodHandles.dropArguments(MethodHandles.constant(int.class, -1), 0, NumberFormatException.class, String.class));
        System.out.println((int) guarded.invokeExact("12") + " " + (int) guarded.invokeExact("twelve"));
        VarHandle counter = MethodHandles.privateLookupIn(type, lookup).findVarHandle(type, "counter", long.class);
        Subject s = new Subject();
        counter.set(s, 5L);
        System.out.println(counter.compareAndSet(s, 5L, 6L) + " " + counter.getAndAdd(s, 10L) + " " + (long) counter.getVolatile(s));
        VarHandle elements = MethodHandles.arrayElementVarHandle(String[].class);
        String[] strings = {"p", "q"};
        System.out.println(elements.getAndSet(strings, 1, "r") + " " + List.of(strings));
        try {
            concat.invokeExact("a", 1);
        } catch (java.lang.invoke.WrongMethodTypeException e) {
            System.out.println(e.getMessage());
        }
    }
}
