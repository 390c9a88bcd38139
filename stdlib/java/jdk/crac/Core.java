package jdk.crac;

import jdk.crac.impl.Checkpoints;

/** Where programs register their resources, and ask to be saved. */
public final class Core {
    private Core() {}

    /**
     * The context of the whole program. It tells its resources in reverse order of registration that the program is about
     * to be saved, and in order of registration that it goes on. It refers to them weakly.
     *
     * @return the same one each time
     */
    public static Context<Resource> getGlobalContext() {
        return Checkpoints.GLOBAL;
    }

    /**
     * Saves the program and ends its process; comes back in the process that goes on with what was saved.
     *
     * @throws CheckpointException if it was not saved; it goes on in this process
     * @throws RestoreException if a resource failed in the new process
     * @throws UnsupportedOperationException if this VM is one whose programs can not be saved
     */
    public static void checkpointRestore() throws CheckpointException, RestoreException {
        Checkpoints.checkpoint(null, Checkpoints.END);
    }
}
