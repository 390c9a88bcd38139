package jdk.crac.impl;

/** A file is open that another process would not have. */
public class CheckpointOpenFileException extends CheckpointOpenResourceException {
    private static final long serialVersionUID = 1;

    /**
     * Names it.
     *
     * @param message what is open
     */
    public CheckpointOpenFileException(String message) {
        super(message);
    }
}
