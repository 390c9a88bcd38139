// vm: -Djdk.net.usePlainSocketImpl -Djdk.net.usePlainDatagramSocketImpl
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketOptions;
import java.net.StandardSocketOptions;
import java.util.Arrays;

/** TCP and UDP with the library's old socket implementation. */
public class OldSockets {
    interface Action {
        Object run() throws Exception;
    }

    static void show(String what, Action action) {
        try {
            System.out.println(what + ": " + action.run());
        } catch (Exception e) {
            System.out.println(what + ": " + e);
        }
    }

    static final InetAddress LOCAL = InetAddress.getLoopbackAddress();

    static void streams() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, LOCAL)) {
            Thread echo = new Thread(() -> {
                try (Socket peer = server.accept()) {
                    InputStream in = peer.getInputStream();
                    byte[] bytes = new byte[100_000];
                    for (int n; (n = in.read(bytes)) > 0; ) {
                        peer.getOutputStream().write(bytes, 0, n);
                    }
                    System.out.println("the peer has seen the end");
                } catch (IOException e) {
                    System.out.println(e);
                }
            });
            echo.start();
            try (Socket socket = new Socket(LOCAL, server.getLocalPort())) {
                System.out.println(socket.getInetAddress() + " " + (socket.getPort() == server.getLocalPort())
                    + " " + (socket.getLocalPort() > 0) + " " + socket.getLocalAddress());
                byte[] data = new byte[300_000];
                for (int i = 0; i < data.length; i++) {
                    data[i] = (byte) (i * 31);
                }
                Thread writer = new Thread(() -> {
                    try {
                        socket.getOutputStream().write(data);
                        socket.shutdownOutput();
                    } catch (IOException e) {
                        System.out.println(e);
                    }
                });
                writer.start();
                byte[] got = socket.getInputStream().readNBytes(data.length);
                System.out.println(Arrays.equals(data, got) + " " + socket.getInputStream().read());
                writer.join();
                show("write", () -> {
                    socket.getOutputStream().write(1);
                    return "done";
                });
            }
            echo.join();
            server.setSoTimeout(20);
            show("accept", server::accept);
        }
    }

    static void options() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, LOCAL); Socket socket = new Socket()) {
            socket.bind(new InetSocketAddress(LOCAL, 0));
            show("bound", () -> socket.getLocalPort() > 0);
            socket.connect(server.getLocalSocketAddress(), 1000);
            try (Socket peer = server.accept()) {
                socket.setTcpNoDelay(true);
                socket.setKeepAlive(true);
                socket.setSoLinger(true, 3);
                socket.setReuseAddress(true);
                socket.setTrafficClass(8);
                socket.setOOBInline(true);
                socket.setSendBufferSize(20_000);
                System.out.println(socket.getTcpNoDelay() + " " + socket.getKeepAlive() + " "
                    + socket.getSoLinger() + " " + socket.getReuseAddress() + " "
                    + socket.getTrafficClass() + " " + socket.getOOBInline() + " "
                    + socket.getSendBufferSize() + " " + (socket.getReceiveBufferSize() > 0));
                socket.setSoLinger(false, 0);
                socket.setTcpNoDelay(false);
                System.out.println(socket.getSoLinger() + " " + socket.getTcpNoDelay() + " "
                    + socket.getOption(StandardSocketOptions.SO_KEEPALIVE));
                peer.setOOBInline(true);
                socket.sendUrgentData('u');
                System.out.println((char) peer.getInputStream().read());
                peer.getOutputStream().write(new byte[5]);
                while (socket.getInputStream().available() < 5) {
                    Thread.onSpinWait();
                }
                System.out.println(socket.getInputStream().available());
                peer.setSoTimeout(20);
                show("read", () -> peer.getInputStream().read());
                Thread closer = new Thread(() -> {
                    try {
                        Thread.sleep(100);
                        peer.close();
                    } catch (Exception e) {
                        System.out.println(e);
                    }
                });
                peer.setSoTimeout(0);
                closer.start();
                show("closed while reading", () -> peer.getInputStream().read());
                closer.join();
            }
            Thread closer = new Thread(() -> {
                try {
                    Thread.sleep(100);
                    server.close();
                } catch (Exception e) {
                    System.out.println(e);
                }
            });
            closer.start();
            show("closed while accepting", server::accept);
            closer.join();
        }
    }

    static void failures() throws Exception {
        int port;
        try (ServerSocket server = new ServerSocket(0, 1, LOCAL)) {
            port = server.getLocalPort();
            show("in use", () -> new ServerSocket(server.getLocalPort(), 1, LOCAL));
        }
        show("refused", () -> new Socket(LOCAL, port));
        show("refused in time", () -> {
            Socket socket = new Socket();
            socket.connect(new InetSocketAddress(LOCAL, port), 500);
            return socket;
        });
        Socket closed = new Socket();
        closed.close();
        show("closed", () -> {
            closed.connect(new InetSocketAddress(LOCAL, port));
            return closed;
        });
    }

    static void messages() throws Exception {
        try (DatagramSocket a = new DatagramSocket(0, LOCAL); DatagramSocket b = new DatagramSocket(0, LOCAL)) {
            byte[] hello = "hello".getBytes();
            a.send(new DatagramPacket(hello, 1, 4, LOCAL, b.getLocalPort()));
            DatagramPacket got = new DatagramPacket(new byte[10], 2, 3);
            b.receive(got);
            System.out.println(new String(got.getData(), 2, got.getLength()) + " " + got.getLength() + " "
                + got.getAddress() + " " + (got.getPort() == a.getLocalPort()) + " " + b.getLocalAddress());
            b.connect(LOCAL, a.getLocalPort());
            b.send(new DatagramPacket(hello, 5));
            a.receive(got);
            System.out.println(new String(got.getData(), 2, got.getLength()));
            b.disconnect();
            b.setSoTimeout(20);
            show("receive", () -> {
                b.receive(got);
                return "got";
            });
            b.setBroadcast(false);
            b.setReceiveBufferSize(20_000);
            b.setTrafficClass(16);
            System.out.println(b.getBroadcast() + " " + b.getReceiveBufferSize() + " " + b.getTrafficClass() + " "
                + b.getReuseAddress() + " " + b.getSoTimeout());
            Thread closer = new Thread(() -> {
                try {
                    Thread.sleep(100);
                } catch (InterruptedException e) {
                    System.out.println(e);
                }
                a.close();
            });
            closer.start();
            show("closed while receiving", () -> {
                a.receive(got);
                return "got";
            });
            closer.join();
        }
    }

    @SuppressWarnings("deprecation")
    static void groups() throws Exception {
        NetworkInterface loop = NetworkInterface.getByInetAddress(LOCAL);
        InetAddress group = InetAddress.getByName("230.1.2.3");
        try (MulticastSocket socket = new MulticastSocket(0)) {
            socket.setTimeToLive(5);
            System.out.println(socket.getTimeToLive() + " " + socket.getLoopbackMode());
            socket.setLoopbackMode(true);
            System.out.println(socket.getLoopbackMode());
            socket.setLoopbackMode(false);
            socket.setNetworkInterface(loop);
            System.out.println(socket.getNetworkInterface().getName());
            socket.joinGroup(new InetSocketAddress(group, 0), loop);
            socket.send(new DatagramPacket("g".getBytes(), 1, group, socket.getLocalPort()));
            DatagramPacket got = new DatagramPacket(new byte[10], 10);
            socket.setSoTimeout(5000);
            socket.receive(got);
            System.out.println(new String(got.getData(), 0, got.getLength()));
            socket.leaveGroup(new InetSocketAddress(group, 0), loop);
            show("left twice", () -> {
                socket.leaveGroup(new InetSocketAddress(group, 0), loop);
                return "fine";
            });
        }
    }

    public static void main(String[] args) throws Exception {
        streams();
        options();
        failures();
        messages();
        groups();
    }
}
