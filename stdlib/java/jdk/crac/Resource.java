package jdk.crac;

/** Something that has to be told when the program is about to be saved, and when it goes on. */
public interface Resource {
    /**
     * The program is about to be saved: let go of what another process would not have (files, connections).
     *
     * @param context who tells
     * @throws Exception if that is not possible; the program is then not saved
     */
    void beforeCheckpoint(Context<? extends Resource> context) throws Exception;

    /**
     * The program goes on: in another process, or in this one if it was not saved.
     *
     * @param context who tells
     * @throws Exception if something could not be had again
     */
    void afterRestore(Context<? extends Resource> context) throws Exception;
}
