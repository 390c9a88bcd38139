package rvm.guest;

/** Somebody who has to know when the program is saved. */
public interface GuestHooks {
    /**
     * The program is about to be saved: let go of what another process would not have.
     *
     * @throws Exception if that is not possible; the program is then not saved
     */
    default void beforeCheckpoint() throws Exception {}

    /**
     * The program goes on.
     *
     * @param resumed whether in another process
     * @throws Exception if something could not be had again
     */
    default void afterCheckpoint(boolean resumed) throws Exception {}
}
