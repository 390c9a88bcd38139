package jdk.crac.impl;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import jdk.crac.CheckpointException;
import jdk.crac.Resource;
import jdk.crac.RestoreException;

/** Checkpoints of this program: one at a time, with everybody told before and after. */
public final class Checkpoints {
    /** The process ends when the program is saved. */
    public static final int END = 0;
    /** It goes on, beside what is saved. */
    public static final int GO_ON = 1;
    /** It goes on, and a new process with what is saved, too. */
    public static final int CLONE = 2;

    /** The context of the whole program. */
    public static final OrderedContext<Resource> GLOBAL = new Global();

    /** What the VM answers: the program is saved and goes on in its process. */
    private static final String SAVED = "saved";
    /** It goes on in another process. */
    private static final String RESTORED = "restored";
    /** It is not saved: something stands in the way. */
    private static final String REFUSED = "refused";
    /** It is not saved: nobody has said where to. */
    private static final String UNCONFIGURED = "unconfigured";

    private static final Object ONE_AT_A_TIME = new Object();
    /** Who does one now. */
    private static Thread under;
    /** Whether there is a thread that carries out requests from outside; the VM looks at it. */
    private static boolean listens;
    /** Whether the last checkpoint has been gone on from in another process. */
    private static boolean restored;

    private Checkpoints() {}

    /** The global context has a thread that answers requests from outside as soon as somebody wants to be told. */
    private static final class Global extends OrderedContext<Resource> {
        @Override
        public void register(Resource resource) {
            super.register(resource);
            synchronized (Checkpoints.class) {
                if (listens || !isSavable()) {
                    return;
                }
                listens = true;
            }
            Listener.start();
        }

        @Override
        public String toString() {
            return "Global Context";
        }
    }

    /**
     * Saves the program; comes back in the process that goes on with it, and unless {@code then} is {@link #END} in this one.
     *
     * @param file where to, or null for where the command line says
     * @param then what becomes of this process
     * @return 0 in a process that goes on with what was saved; else the number of the clone, or 1
     * @throws CheckpointException if it was not saved
     * @throws RestoreException if a resource has failed in afterRestore, or the new main class
     */
    public static long checkpoint(String file, int then) throws CheckpointException, RestoreException {
        return checkpoint(file, then, false);
    }

    static long checkpoint(String file, int then, boolean asked) throws CheckpointException, RestoreException {
        if (!isSavable()) {
            throw new UnsupportedOperationException("programs of this VM can not be saved: it is a guest of another program");
        }
        synchronized (ONE_AT_A_TIME) {
            if (under == Thread.currentThread()) {
                CheckpointException failed = new CheckpointException();
                failed.addSuppressed(new IllegalStateException("a resource asks for a checkpoint while one is under way"));
                throw failed;
            }
            under = Thread.currentThread();
            try {
                return tellAndSave(file, then, asked);
            } finally {
                under = null;
            }
        }
    }

    private static long tellAndSave(String file, int then, boolean asked)
            throws CheckpointException, RestoreException {
        CheckpointException failed = null;
        String[][] answer = {{REFUSED}, {}, {}};
        try {
            GLOBAL.beforeCheckpoint(null);
            answer = save(file, then, asked);
        } catch (CheckpointException e) {
            failed = e;
        }
        String outcome = answer[0][0];
        restored = outcome.equals(RESTORED);
        if (restored) {
            for (int i = 0; i < answer[2].length; i += 2) {
                System.setProperty(answer[2][i], answer[2][i + 1]);
            }
        } else if (!outcome.equals(SAVED) && failed == null) {
            failed = refusal(answer);
        }
        RestoreException late = null;
        try {
            GLOBAL.afterRestore(null);
        } catch (RestoreException e) {
            if (failed == null) {
                late = e;
            } else {
                OrderedContext.take(e, failed, RestoreException.class);
            }
        }
        if (restored && answer[1].length > 0) {
            late = callMain(answer[1], late);
        }
        if (failed != null) {
            throw failed;
        }
        if (late != null) {
            throw late;
        }
        return outcome.equals(RESTORED) ? 0 : Long.parseLong(answer[0][1]);
    }

    private static CheckpointException refusal(String[][] answer) {
        CheckpointException failed = new CheckpointException();
        if (answer[0][0].equals(UNCONFIGURED)) {
            failed.addSuppressed(new RuntimeException(
                    "nobody has said where to save the program: start it with -XX:CRaCCheckpointTo=DIR"));
        }
        for (int i = 0; i < answer[1].length; i++) {
            String what = answer[2][i];
            switch (answer[1][i]) {
                case "file":
                    failed.addSuppressed(new CheckpointOpenFileException(what));
                    break;
                case "socket":
                    failed.addSuppressed(new CheckpointOpenSocketException(what));
                    break;
                default:
                    failed.addSuppressed(new CheckpointOpenResourceException(what));
            }
        }
        return failed;
    }

    /** Calls the main method that the command line of the new process names. */
    private static RestoreException callMain(String[] words, RestoreException late) {
        Exception failed;
        try {
            Class<?> type = Class.forName(words[0], false, ClassLoader.getSystemClassLoader());
            Method main = type.getDeclaredMethod("main", String[].class);
            main.setAccessible(true);
            String[] args = new String[words.length - 1];
            System.arraycopy(words, 1, args, 0, args.length);
            main.invoke(null, (Object) args);
            return late;
        } catch (InvocationTargetException e) {
            failed = e;
        } catch (ReflectiveOperationException | RuntimeException e) {
            failed = e;
        }
        RestoreException all = late == null ? new RestoreException() : late;
        all.addSuppressed(failed);
        return all;
    }

    /**
     * What is suppressed in an exception, on one line.
     *
     * @param e the exception
     * @return the messages; empty if there are none
     */
    public static String reasons(Exception e) {
        StringBuilder all = new StringBuilder();
        for (Throwable one : e.getSuppressed()) {
            String text = one.getMessage();
            all.append(all.length() == 0 ? "" : "; ").append(text == null ? one.toString() : text);
        }
        return all.toString();
    }

    /**
     * Whether what is told now of going on goes on in another process.
     *
     * @return whether it does
     */
    public static boolean wasRestored() {
        return restored;
    }

    /** Carries out what other processes ask for. */
    private static final class Listener implements Runnable {
        static void start() {
            ThreadGroup root = Thread.currentThread().getThreadGroup();
            while (root != null && root.getParent() != null) {
                root = root.getParent();
            }
            Thread thread = new Thread(root, new Listener(), "Checkpoint Listener", 0, false);
            thread.setDaemon(true);
            thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
            thread.start();
        }

        @Override
        public void run() {
            for (;;) {
                String[] request = nextRequest();
                answer(request[0], Integer.parseInt(request[1]));
            }
        }

        private static void answer(String file, int then) {
            try {
                checkpoint(file, then, true);
                done(null);
            } catch (CheckpointException e) {
                done(reasons(e));
            } catch (RestoreException e) {
                // There may be nobody left who has asked.
                e.printStackTrace();
                done(reasons(e));
            }
        }

    }

    /**
     * Whether this process goes on with a program that was saved in another one.
     *
     * @return whether it does
     */
    public static native boolean isResumed();

    /**
     * When this process went on with the program.
     *
     * @return milliseconds since 1970, -1 if it has begun in this process
     */
    public static native long resumedAtMillis();

    /**
     * What the command line of the process that goes on with the program says.
     *
     * @return the words; none if it has begun in this process
     */
    public static native String[] arguments();

    /**
     * Whether programs of this VM can be saved at all.
     *
     * @return whether they can
     */
    public static native boolean isSavable();

    /**
     * Saves the program, with this thread here. What has happened; then of what stands in the way the kinds and the words,
     * or the new main class with its arguments, and the new properties.
     */
    private static native String[][] save(String file, int then, boolean asked);

    /** What another process asks for, as soon as one does: the file and what becomes of this process. */
    private static native String[] nextRequest();

    /** Answers who has asked, if it is still there: what stood in the way, or null. */
    private static native void done(String problem);
}
