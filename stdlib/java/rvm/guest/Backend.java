package rvm.guest;

import java.util.ArrayList;
import java.util.List;
import jdk.crac.CheckpointException;
import jdk.crac.Context;
import jdk.crac.Resource;
import jdk.crac.RestoreException;
import jdk.crac.impl.Checkpoints;

/** What {@link Guest} does in rvm. In the file that programs are compiled with there is another one. */
final class Backend {
    static final int END = Checkpoints.END;
    static final int GO_ON = Checkpoints.GO_ON;
    static final int CLONE = Checkpoints.CLONE;

    /** The global context refers to resources weakly. */
    private static final List<Resource> REGISTERED = new ArrayList<>();

    private Backend() {}

    static boolean isAvailable() {
        return Checkpoints.isSavable();
    }

    static boolean isResumed() {
        return Checkpoints.isResumed();
    }

    static String[] arguments() {
        return Checkpoints.arguments();
    }

    static long save(String file, int then) throws GuestException {
        try {
            return Checkpoints.checkpoint(file, then);
        } catch (CheckpointException e) {
            throw with(new GuestException("the program was not saved".concat(reasons(e)), false), e);
        } catch (RestoreException e) {
            throw with(new GuestException("the program goes on without all that it had".concat(reasons(e)), true), e);
        }
    }

    private static String reasons(Exception e) {
        String reasons = Checkpoints.reasons(e);
        return reasons.isEmpty() ? "" : ": ".concat(reasons);
    }

    private static GuestException with(GuestException to, Exception from) {
        for (Throwable one : from.getSuppressed()) {
            to.addSuppressed(one);
        }
        return to;
    }

    static void register(GuestHooks hooks) {
        if (hooks == null) {
            throw new NullPointerException("hooks");
        }
        Resource resource = new Hooked(hooks);
        synchronized (REGISTERED) {
            REGISTERED.add(resource);
        }
        Checkpoints.GLOBAL.register(resource);
    }

    private static final class Hooked implements Resource {
        private final GuestHooks hooks;

        Hooked(GuestHooks hooks) {
            this.hooks = hooks;
        }

        @Override
        public void beforeCheckpoint(Context<? extends Resource> context) throws Exception {
            hooks.beforeCheckpoint();
        }

        @Override
        public void afterRestore(Context<? extends Resource> context) throws Exception {
            hooks.afterCheckpoint(Checkpoints.wasRestored());
        }
    }
}
