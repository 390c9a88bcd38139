import java.lang.management.ManagementFactory;

/** The live set of the heap. */
class Live {
    /** Bytes in use after two collections, the first of which may only have made objects ready to be cleaned. */
    static long bytes() {
        System.gc();
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
