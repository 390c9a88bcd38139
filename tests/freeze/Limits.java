import java.io.*;
import java.net.*;
import java.nio.channels.*;

/** Waits with a time limit of 1.5 seconds, and says how long that was; or has files and a socket open. */
public class Limits {
    public static void main(String[] args) throws Exception {
        if (args[0].equals("files")) {
            files(args[1], args[2]);
            return;
        }
        if (args[0].startsWith("old")) System.setProperty("jdk.net.usePlainSocketImpl", "true");
        ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        server.setSoTimeout(1500);
        DatagramSocket datagrams = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        datagrams.setSoTimeout(1500);
        Selector selector = Selector.open();
        System.out.println("waits");
        long begun = System.nanoTime();
        try {
            switch (args[0]) {
                case "accept", "oldaccept" -> server.accept();
                case "receive" -> datagrams.receive(new DatagramPacket(new byte[9], 9));
                default -> selector.select(1500);
            }
        } catch (SocketTimeoutException e) {
            // As it should be.
        }
        System.out.println((System.nanoTime() - begun) / 1_000_000);
    }

    static void files(String data, String log) throws Exception {
        FileInputStream in = new FileInputStream(data);
        in.readNBytes(4);
        FileOutputStream out = new FileOutputStream(log, true);
        ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        System.out.println(server.getLocalPort());
        new BufferedReader(new InputStreamReader(System.in)).readLine();
        System.out.println(new String(in.readAllBytes()));
        out.write("more\n".getBytes());
        try (Socket s = server.accept()) {
            s.getOutputStream().write("hello".getBytes());
        }
        System.out.println("served");
    }
}
