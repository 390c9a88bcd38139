package jdk.crac.impl;

/** Something is open that another process would not have. */
public class CheckpointOpenResourceException extends Exception {
    private static final long serialVersionUID = 1;

    /**
     * Names it.
     *
     * @param message what is open
     */
    public CheckpointOpenResourceException(String message) {
        super(message);
    }
}
