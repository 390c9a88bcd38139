package jdk.crac;

/** The program was not saved and goes on in its process; why is suppressed in this. */
public class CheckpointException extends Exception {
    private static final long serialVersionUID = 1;

    /** Without a message. */
    public CheckpointException() {}

    /**
     * With a message.
     *
     * @param message the message
     */
    public CheckpointException(String message) {
        super(message);
    }
}
