package jdk.crac.impl;

/** A connection is open that another process would not have. */
public class CheckpointOpenSocketException extends CheckpointOpenResourceException {
    private static final long serialVersionUID = 1;

    /**
     * Names it.
     *
     * @param message what is open
     */
    public CheckpointOpenSocketException(String message) {
        super(message);
    }
}
