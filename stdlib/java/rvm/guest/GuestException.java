package rvm.guest;

/** The program was not saved, or could not have everything again afterwards; what was in the way is suppressed in this. */
public class GuestException extends Exception {
    private static final long serialVersionUID = 1;

    /** Whether it was saved. */
    private final boolean saved;

    /**
     * With a message.
     *
     * @param message the message
     * @param saved whether the program was saved all the same
     */
    public GuestException(String message, boolean saved) {
        super(message);
        this.saved = saved;
    }

    /**
     * Whether the program was saved, and a hook has failed afterwards.
     *
     * @return whether it was
     */
    public boolean isSaved() {
        return saved;
    }
}
