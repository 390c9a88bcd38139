package rvm.guest;

import java.nio.file.Path;

/**
 * This program, as a guest of rvm that can be saved, cloned and gone on with elsewhere.
 *
 * <p>On another VM everything but {@link #isAvailable}, {@link #isResumed}, {@link #arguments} and {@link #register} throws
 * {@link UnsupportedOperationException}.
 */
public final class Guest {
    private Guest() {}

    /**
     * Whether this VM can save its programs.
     *
     * @return false on another VM than rvm, and in a guest beside others in one process
     */
    public static boolean isAvailable() {
        return Backend.isAvailable();
    }

    /**
     * Whether this process goes on with a program that was saved in another one.
     *
     * @return whether it does
     */
    public static boolean isResumed() {
        return Backend.isResumed();
    }

    /**
     * What {@code rvm run FILE ARGUMENTS} has handed to a program that goes on with what was saved in the file.
     *
     * @return the arguments; none if the program has begun in this process
     */
    public static String[] arguments() {
        return Backend.arguments();
    }

    /**
     * Saves the program to a file and goes on. {@code rvm resume FILE} goes on from here, too, as often as one likes.
     *
     * @param file where to
     * @return false in this process, true in one that goes on with what was saved
     * @throws GuestException if something stands in the way, or a hook has failed
     * @throws UnsupportedOperationException if programs of this VM can not be saved
     */
    public static boolean checkpoint(Path file) throws GuestException {
        return Backend.save(file.toString(), Backend.GO_ON) == 0;
    }

    /**
     * Saves the program to a file and ends this process; comes back in one that goes on with what was saved.
     *
     * @param file where to
     * @throws GuestException if something stands in the way, or a hook has failed
     * @throws UnsupportedOperationException if programs of this VM can not be saved
     */
    public static void suspend(Path file) throws GuestException {
        Backend.save(file.toString(), Backend.END);
    }

    /**
     * Saves the program where the command line says ({@code -XX:CRaCCheckpointTo}, {@code rvm image build
     * --until-checkpoint}) and ends this process; comes back in one that goes on with what was saved.
     *
     * @throws GuestException if something stands in the way, or a hook has failed
     * @throws UnsupportedOperationException if programs of this VM can not be saved
     */
    public static void suspend() throws GuestException {
        Backend.save(null, Backend.END);
    }

    /**
     * Makes a second process with this program, which goes on from here as this one does. Its standard input is empty; it
     * writes where this one does.
     *
     * @return 0 in the clone, its process's number in the original
     * @throws GuestException if something stands in the way, or a hook has failed
     * @throws UnsupportedOperationException if programs of this VM can not be saved
     */
    public static long cloneHere() throws GuestException {
        return Backend.save(null, Backend.CLONE);
    }

    /**
     * Has somebody told from now on before the program is saved, and when it goes on; whoever asks for it. The order is that
     * of {@code jdk.crac}: before in reverse order of registration, after in order of it.
     *
     * @param hooks whom
     */
    public static void register(GuestHooks hooks) {
        Backend.register(hooks);
    }
}
