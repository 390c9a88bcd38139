import java.net.InetAddress;
import java.net.UnknownHostException;

/** Prints the address of the host that the argument names. */
public class DnsLookup {
    public static void main(String[] args) {
        if (args.length != 1) {
            System.err.println("usage: DnsLookup HOST");
            System.exit(2);
        }
        try {
            System.out.println(InetAddress.getByName(args[0]));
        } catch (UnknownHostException e) {
            System.out.println("Unknown host: " + args[0]);
        }
    }
}
