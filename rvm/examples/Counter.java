/** A small program with state of its own, for `embed.rs`. */
public class Counter {
    private static int count;
    private static final StringBuilder LOG = new StringBuilder();

    public static int add(int by) {
        count += by;
        LOG.append(by).append(' ');
        return count;
    }

    public static String log(String name) {
        return name + ": " + LOG + "= " + count;
    }

    public static void main(String[] args) {
        System.out.println("Hello from " + args[0]);
    }
}
