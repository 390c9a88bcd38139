package jdk.crac.impl;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import jdk.crac.CheckpointException;
import jdk.crac.Context;
import jdk.crac.Resource;
import jdk.crac.RestoreException;

/**
 * A context that tells its resources in reverse order of registration of a checkpoint, and in order of registration that
 * the program goes on.
 *
 * <p>From the first to the last nobody is left out, whatever the others throw. What is to be registered meanwhile waits.
 *
 * @param <R> what can be registered
 */
public class OrderedContext<R extends Resource> extends Context<R> {
    /** In order of registration. */
    private final List<WeakReference<R>> registered = new ArrayList<>();
    /** Those that were told of the checkpoint that is under way, the last first; not weak, so that all are told the rest. */
    private List<R> told;

    /** With nothing registered. */
    public OrderedContext() {}

    @Override
    public void register(R resource) {
        if (resource == null) {
            throw new NullPointerException("resource");
        }
        boolean interrupted = false;
        synchronized (this) {
            while (told != null) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                    break;
                }
            }
            if (!interrupted) {
                for (Iterator<WeakReference<R>> all = registered.iterator(); all.hasNext(); ) {
                    R other = all.next().get();
                    if (other == null || other == resource) {
                        all.remove();
                    }
                }
                registered.add(new WeakReference<>(resource));
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a checkpoint kept a resource from being registered");
        }
    }

    private synchronized List<R> begin() {
        told = new ArrayList<>();
        for (int i = registered.size() - 1; i >= 0; i--) {
            R resource = registered.get(i).get();
            if (resource != null) {
                told.add(resource);
            }
        }
        return told;
    }

    private synchronized List<R> end() {
        List<R> all = told == null ? List.of() : told;
        told = null;
        notifyAll();
        return all;
    }

    @Override
    public void beforeCheckpoint(Context<? extends Resource> context) throws CheckpointException {
        CheckpointException failed = null;
        for (R resource : begin()) {
            try {
                resource.beforeCheckpoint(this);
            } catch (Throwable e) {
                failed = failed == null ? new CheckpointException() : failed;
                take(e, failed, CheckpointException.class);
            }
        }
        if (failed != null) {
            throw failed;
        }
    }

    @Override
    public void afterRestore(Context<? extends Resource> context) throws RestoreException {
        RestoreException failed = null;
        List<R> all = end();
        for (int i = all.size() - 1; i >= 0; i--) {
            try {
                all.get(i).afterRestore(this);
            } catch (Throwable e) {
                failed = failed == null ? new RestoreException() : failed;
                take(e, failed, RestoreException.class);
            }
        }
        if (failed != null) {
            throw failed;
        }
    }

    /** Suppresses what was thrown, or what was suppressed in it if it only collects. */
    static void take(Throwable thrown, Exception into, Class<? extends Exception> collecting) {
        if (thrown instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
        if (thrown.getClass() != collecting) {
            into.addSuppressed(thrown);
            return;
        }
        for (Throwable one : thrown.getSuppressed()) {
            into.addSuppressed(one);
        }
    }
}
