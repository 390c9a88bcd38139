import java.io.*;
import java.net.*;
import java.nio.file.*;

/** Has open what stands in the way of saving it. */
public class Obstacles {
    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        Path path = Path.of(args[0], "gone");
        Files.writeString(path, "content that is gone");
        RandomAccessFile gone = new RandomAccessFile(path.toFile(), "r");
        gone.seek(3);
        Files.delete(path);
        ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        // Nobody accepts.
        Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
        Process child = new ProcessBuilder("sleep", "1000").redirectInput(new File("/dev/null")).redirectOutput(new File("/dev/null")).redirectError(new File("/dev/null")).start();
        ServerSocket other = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        Socket second = new Socket(other.getInetAddress(), other.getLocalPort());
        Socket peer = other.accept();
        String[] told = new String[1];
        Thread reader = new Thread(() -> {
            try {
                second.getInputStream().read();
            } catch (IOException e) {
                told[0] = e.getClass().getName();
            }
        });
        reader.start();
        peer.close();
        reader.join();
        second.close();
        Thread blocked = new Thread(() -> {
            try {
                client.getInputStream().read();
                told[0] = "end";
            } catch (IOException e) {
                told[0] = e.getClass().getName();
            }
        });
        blocked.start();
        // One more connection, whose both ends are the program's.
        Socket third = new Socket(other.getInetAddress(), other.getLocalPort());
        Socket accepted = other.accept();
        accepted.close();
        System.out.println("ready");
        in.readLine();
        child.destroy();
        child.waitFor();
        System.out.println("ended");
        in.readLine();
        try {
            third.getOutputStream().write(1);
            third.getOutputStream().write(1);
            System.out.println("connection: " + third.getInputStream().read());
        } catch (IOException e) {
            System.out.println("connection: " + e.getClass().getName());
        }
        blocked.join();
        System.out.println("blocked reader: " + told[0]);
        gone.seek(0);
        System.out.println("file: " + gone.readLine());
        try (Socket again = new Socket(server.getInetAddress(), server.getLocalPort()); Socket end = server.accept()) {
            System.out.println("accepted again");
        }
    }
}
