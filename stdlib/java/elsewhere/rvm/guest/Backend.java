package rvm.guest;

/** What {@link Guest} does on another VM than rvm. rvm has another one. */
final class Backend {
    static final int END = 0;
    static final int GO_ON = 1;
    static final int CLONE = 2;

    private Backend() {}

    static boolean isAvailable() {
        return false;
    }

    static boolean isResumed() {
        return false;
    }

    static String[] arguments() {
        return new String[0];
    }

    static long save(String file, int then) throws GuestException {
        throw new UnsupportedOperationException(
                "only rvm can save and clone its programs; this is ".concat(System.getProperty("java.vm.name", "another VM")));
    }

    static void register(GuestHooks hooks) {
        if (hooks == null) {
            throw new NullPointerException("hooks");
        }
    }
}
