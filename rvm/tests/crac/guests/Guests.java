import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import rvm.guest.Guest;
import rvm.guest.GuestException;
import rvm.guest.GuestHooks;

/** Our own interface: snapshots, suspension, clones, hooks. */
public class Guests {
    static int generation;

    public static void main(String[] args) throws Exception {
        System.out.println(Guest.isAvailable() + " " + Guest.isResumed());
        Guest.register(new GuestHooks() {
            public void beforeCheckpoint() {
                System.out.println("before");
            }

            public void afterCheckpoint(boolean resumed) {
                System.out.println("after " + resumed);
            }
        });
        System.gc();
        if (!Guest.isAvailable()) {
            refused();
            return;
        }
        switch (args[0]) {
            case "checkpoint":
                checkpoint(Path.of(args[1]));
                break;
            case "clone":
                family();
                break;
            default:
                failing(args[1]);
        }
    }

    static void refused() throws GuestException {
        try {
            Guest.checkpoint(Path.of("none"));
        } catch (UnsupportedOperationException e) {
            System.out.println(e.getMessage().startsWith("only rvm can save and clone its programs"));
        }
        try {
            Guest.cloneHere();
        } catch (UnsupportedOperationException e) {
            System.out.println("no clone");
        }
    }

    static void checkpoint(Path file) throws GuestException {
        generation++;
        boolean resumed = Guest.checkpoint(file);
        System.out.println(generation + " " + resumed + " " + Guest.isResumed());
        if (resumed && generation < 3) {
            checkpoint(file);
            return;
        }
        if (!resumed) {
            Guest.suspend(Path.of(file + " suspended"));
            System.out.println("suspended and resumed " + Guest.isResumed());
        }
    }

    /** A number is added up by four processes, each of which says its part. */
    static void family() throws Exception {
        List<ProcessHandle> clones = new ArrayList<>();
        String path = "";
        for (int i = 0; i < 2; i++) {
            long clone = Guest.cloneHere();
            if (clone == 0) {
                path += "c";
                clones.clear();
            } else {
                path += "o";
                ProcessHandle.of(clone).ifPresent(clones::add);
            }
        }
        System.out.println("family " + path);
        for (ProcessHandle clone : clones) {
            clone.onExit().get();
        }
    }

    static void failing(String file) {
        Guest.register(new GuestHooks() {
            public void beforeCheckpoint() {
                throw new IllegalStateException("not now");
            }
        });
        try {
            Guest.checkpoint(Path.of(file));
        } catch (GuestException e) {
            System.out.println(e.getMessage() + " " + e.isSaved() + " " + e.getSuppressed()[0]);
        }
        try {
            Guest.register(null);
        } catch (NullPointerException e) {
            System.out.println("null");
        }
    }
}
