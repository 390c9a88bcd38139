import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jdk.crac.CheckpointException;
import jdk.crac.Context;
import jdk.crac.Core;
import jdk.crac.Resource;
import jdk.crac.RestoreException;

/** In which order resources are told, and what becomes of their exceptions. */
public class Order {
    static final List<Resource> KEPT = new ArrayList<>();

    static class Loud implements Resource {
        final String name;
        final boolean failsBefore;
        final boolean failsAfter;

        Loud(String name, boolean failsBefore, boolean failsAfter) {
            this.name = name;
            this.failsBefore = failsBefore;
            this.failsAfter = failsAfter;
            KEPT.add(this);
        }

        public void beforeCheckpoint(Context<? extends Resource> context) throws Exception {
            System.out.println("before " + name + " from " + context);
            if (failsBefore) {
                throw new Exception(name + " can not be closed");
            }
        }

        public void afterRestore(Context<? extends Resource> context) throws Exception {
            String variable = System.getenv("CRAC_TEST");
            System.out.println("after " + name + " " + System.getProperty("given") + " " + variable);
            if (failsAfter) {
                throw new IllegalStateException(name + " can not be opened");
            }
        }
    }

    /** A context of the program's own, within the global one: first come, first told. */
    static class Nested extends Context<Resource> {
        final List<Resource> own = new ArrayList<>();

        public void register(Resource resource) {
            own.add(resource);
        }

        public void beforeCheckpoint(Context<? extends Resource> context) throws CheckpointException {
            CheckpointException all = new CheckpointException();
            for (Resource one : own) {
                try {
                    one.beforeCheckpoint(this);
                } catch (Exception e) {
                    all.addSuppressed(e);
                }
            }
            if (all.getSuppressed().length > 0) {
                throw all;
            }
        }

        public void afterRestore(Context<? extends Resource> context) throws RestoreException {
            RestoreException all = new RestoreException();
            for (Resource one : own) {
                try {
                    one.afterRestore(this);
                } catch (Exception e) {
                    all.addSuppressed(e);
                }
            }
            if (all.getSuppressed().length > 0) {
                throw all;
            }
        }

        public String toString() {
            return "nested";
        }
    }

    static void checkpoint() {
        try {
            Core.checkpointRestore();
            System.out.println("restored");
        } catch (CheckpointException | RestoreException e) {
            System.out.println(e + " " + Arrays.toString(e.getSuppressed()));
        }
    }

    public static void main(String[] args) throws Exception {
        Context<Resource> global = Core.getGlobalContext();
        System.out.println(global == Core.getGlobalContext());
        try {
            global.register(null);
        } catch (NullPointerException e) {
            System.out.println("null");
        }
        global.register(new Loud("first", false, false));
        Nested nested = new Nested();
        KEPT.add(nested);
        global.register(nested);
        nested.register(new Loud("inner 1", false, false));
        nested.register(new Loud("inner 2", false, args[0].equals("after")));
        global.register(new Loud("last", false, false));
        // Nobody refers to this one.
        global.register(new Nested());
        Resource unreachable = new Loud("unreachable", false, false);
        KEPT.remove(unreachable);
        global.register(unreachable);
        unreachable = null;
        System.gc();
        if (args[0].equals("before")) {
            global.register(new Loud("bad", true, true));
            nested.register(new Loud("bad inner", true, false));
        }
        Resource recursive = new Resource() {
            public void beforeCheckpoint(Context<? extends Resource> context) {
                checkpoint();
            }

            public void afterRestore(Context<? extends Resource> context) {}
        };
        if (args[0].equals("recursive")) {
            global.register(recursive);
        }
        checkpoint();
        System.out.println("goes on with " + Arrays.toString(args));
    }

    /** What a new process calls where the program goes on. */
    public static class New {
        public static void main(String[] args) {
            System.out.println("new main " + Arrays.toString(args));
            if (args.length == 0) {
                throw new IllegalArgumentException("nothing");
            }
        }
    }
}
