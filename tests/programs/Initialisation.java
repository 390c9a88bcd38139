import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** Class loading and initialisation: laziness, two threads, custom loaders, interfaces with defaults, reflection. */
public class Initialisation {
    public static void say(String s) {
        System.out.println(s);
    }

    static class Lazy {
        static {
            say("Lazy");
        }

        static final int CONSTANT = 5;
        static int variable = 6;

        static void touch() {}
    }

    interface WithDefault {
        Object FIELD = announce("WithDefault");

        default void act() {}
    }

    interface Without {
        Object FIELD = announce("Without");
    }

    static class Both implements WithDefault, Without {
        static {
            say("Both");
        }
    }

    static Object announce(String s) {
        say(s);
        return s;
    }

    static class First {
        static final int VALUE = Second.VALUE + 1;
    }

    static class Second {
        static final int VALUE = First.VALUE + 10;
    }

    static class Slow {
        static final AtomicInteger COUNT = new AtomicInteger();
        static int value;

        static {
            COUNT.incrementAndGet();
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            value = 42;
        }
    }

    public static class Plugin implements Runnable {
        static int loads;

        @Override
        public void run() {
            loads++;
            say("plugin " + loads + " by " + getClass().getClassLoader().getClass().getSimpleName());
        }
    }

    static class Copying extends ClassLoader {
        Copying() {
            super(Initialisation.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.endsWith("$Plugin")) {
                return super.loadClass(name, resolve);
            }
            Class<?> loaded = findLoadedClass(name);
            if (loaded != null) {
                return loaded;
            }
            try (var in = getResourceAsStream(name + ".class")) {
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (java.io.IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    public static void main(String[] args) throws Exception {
        say("constant " + Lazy.CONSTANT);
        Lazy[] none = new Lazy[2];
        say("array " + none.length + " " + Lazy.class.getSimpleName());
        Class.forName("Initialisation$Lazy", false, Initialisation.class.getClassLoader());
        say("variable " + Lazy.variable);
        Lazy.touch();
        new Both().act();
        say(String.valueOf(Both.class.getInterfaces()[1].getField("FIELD").getName()));
        say(First.VALUE + " " + Second.VALUE);
        CountDownLatch start = new CountDownLatch(1);
        Thread[] threads = new Thread[4];
        AtomicInteger right = new AtomicInteger();
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(() -> {
                try {
                    start.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                if (Slow.value == 42) {
                    right.incrementAndGet();
                }
            });
            threads[i].start();
        }
        start.countDown();
        for (Thread t : threads) {
            t.join();
        }
        say(right + " " + Slow.COUNT);
        new Plugin().run();
        Class<?> other = new Copying().loadClass("Initialisation$Plugin");
        Runnable plugin = (Runnable) other.getDeclaredConstructor().newInstance();
        plugin.run();
        say((other == Plugin.class) + " " + (plugin instanceof Plugin) + " " + other.getName().equals(Plugin.class.getName()));
        try {
            Plugin wrong = (Plugin) (Object) plugin;
            say("cast " + wrong);
        } catch (ClassCastException e) {
            say("two classes of one name");
        }
        try {
            new Copying() {
                Class<?> bad() {
                    return defineClass("Bad", new byte[] {1, 2, 3, 4, 5, 6, 7, 8}, 0, 8);
                }
            }.bad();
        } catch (ClassFormatError e) {
            say(e.getMessage());
        }
    }
}
