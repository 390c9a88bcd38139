package jdk.crac;

/** The program goes on in another process, where something could not be had again; what is suppressed in this. */
public class RestoreException extends Exception {
    private static final long serialVersionUID = 1;

    /** Without a message. */
    public RestoreException() {}

    /**
     * With a message.
     *
     * @param message the message
     */
    public RestoreException(String message) {
        super(message);
    }
}
