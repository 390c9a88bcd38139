import java.io.File;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Sockets of all kinds on the loopback interface: closing and interrupting what others wait for, limits, errors. */
public class Network {
    static final InetAddress LO = InetAddress.getLoopbackAddress();

    static void show(String what, Callable<?> act) {
        try {
            System.out.println(what + ": " + act.call());
        } catch (Throwable e) {
            System.out.println(what + ": " + e.getClass().getName() + ": " + e.getMessage());
        }
    }

    /** Runs `wait` in a thread, `end` once it waits, and tells how the wait ended (alike for one that came too late). */
    static void broken(String what, Callable<?> wait, Callable<?> end) throws Exception {
        Thread t = new Thread(() -> show(what, () -> {
            try {
                return wait.call();
            } catch (ClosedByInterruptException e) {
                return "interrupted";
            } catch (ClosedSelectorException e) {
                return false;
            } catch (ClosedChannelException e) {
                return "closed";
            } catch (SocketException e) {
                return e.getMessage().contains("closed") ? "closed" : e;
            }
        }));
        t.start();
        Thread.sleep(60);
        end.call();
        t.join(10_000);
        System.out.println(what + " ended: " + !t.isAlive());
    }

    static void interrupted(String what, Callable<?> wait) throws Exception {
        Thread t = new Thread(() -> {
            show(what, wait);
            System.out.println(what + " flag: " + Thread.interrupted());
        });
        t.start();
        Thread.sleep(60);
        t.interrupt();
        t.join(10_000);
        System.out.println(what + " ended: " + !t.isAlive());
    }

    record Pair(SocketChannel a, SocketChannel b) implements AutoCloseable {
        static Pair make() throws IOException {
            try (ServerSocketChannel s = ServerSocketChannel.open().bind(new InetSocketAddress(LO, 0))) {
                SocketChannel a = SocketChannel.open(s.getLocalAddress());
                return new Pair(a, s.accept());
            }
        }

        public void close() throws IOException {
            a.close();
            b.close();
        }
    }

    static void closing() throws Exception {
        try (ServerSocket ss = new ServerSocket(0, 5, LO); Socket s = new Socket(LO, ss.getLocalPort()); Socket c = ss.accept()) {
            broken("socket read", s.getInputStream()::read, () -> { s.close(); return 0; });
            show("other end", () -> c.getInputStream().read());
            broken("accept", ss::accept, () -> { ss.close(); return 0; });
        }
        try (Pair p = Pair.make()) {
            broken("channel read", () -> p.a.read(ByteBuffer.allocate(1)), () -> { p.a.close(); return 0; });
            show("closed read", () -> p.a.read(ByteBuffer.allocate(1)));
        }
        try (Pair p = Pair.make()) {
            broken("channel write", () -> {
                ByteBuffer big = ByteBuffer.allocateDirect(1 << 20);
                for (int i = 0; i < 100; i++) {
                    p.a.write(big.clear());
                }
                return "all written";
            }, () -> { p.a.close(); return 0; });
        }
        ServerSocketChannel server = ServerSocketChannel.open().bind(new InetSocketAddress(LO, 0));
        broken("channel accept", server::accept, () -> { server.close(); return 0; });
        DatagramChannel udp = DatagramChannel.open().bind(new InetSocketAddress(LO, 0));
        broken("receive", () -> udp.receive(ByteBuffer.allocate(4)), () -> { udp.close(); return 0; });
        DatagramSocket ds = new DatagramSocket(0, LO);
        broken("datagram socket", () -> { ds.receive(new DatagramPacket(new byte[1], 1)); return 0; }, () -> { ds.close(); return 0; });
        Pipe pipe = Pipe.open();
        broken("pipe read", () -> pipe.source().read(ByteBuffer.allocate(1)), () -> { pipe.source().close(); return 0; });
        show("pipe write", () -> pipe.sink().write(ByteBuffer.allocate(1)));
        pipe.sink().close();
        Selector selector = Selector.open();
        broken("select", () -> { selector.select(); return selector.isOpen(); }, () -> { selector.close(); return 0; });
    }

    static void interrupting() throws Exception {
        try (Pair p = Pair.make()) {
            interrupted("interrupted read", () -> p.a.read(ByteBuffer.allocate(1)));
            show("open after it", () -> p.a.isOpen());
        }
        ServerSocketChannel server = ServerSocketChannel.open().bind(new InetSocketAddress(LO, 0));
        interrupted("interrupted accept", server::accept);
        DatagramChannel udp = DatagramChannel.open().bind(new InetSocketAddress(LO, 0));
        interrupted("interrupted receive", () -> udp.receive(ByteBuffer.allocate(4)));
        try (Selector selector = Selector.open()) {
            interrupted("interrupted select", () -> selector.select() + " " + selector.isOpen());
            broken("wakeup", selector::select, selector::wakeup);
        }
        try (Pair p = Pair.make()) {
            Thread.currentThread().interrupt();
            show("interrupted before", () -> p.a.read(ByteBuffer.allocate(1)));
            System.out.println(Thread.interrupted());
        }
    }

    static void errors() throws Exception {
        int port;
        try (ServerSocket s = new ServerSocket(0, 1, LO)) {
            port = s.getLocalPort();
            show("in use", () -> new ServerSocket(s.getLocalPort(), 1, LO));
            show("channel in use", () -> {
                try (ServerSocketChannel c = ServerSocketChannel.open()) {
                    return c.bind(s.getLocalSocketAddress());
                }
            });
        }
        SocketAddress free = new InetSocketAddress(LO, port);
        show("refused", () -> new Socket(LO, port));
        show("refused channel", () -> SocketChannel.open(free));
        show("refused with timeout", () -> { try (Socket s = new Socket()) { s.connect(free, 5000); return "connected"; } });
        show("refused later", () -> {
            try (SocketChannel c = SocketChannel.open()) {
                c.configureBlocking(false);
                boolean done = c.connect(free);
                while (!done) {
                    done = c.finishConnect();
                }
                return done;
            }
        });
        show("unknown", () -> InetAddress.getByName("no such host.invalid"));
        show("unresolved", () -> SocketChannel.open(InetSocketAddress.createUnresolved("nowhere", 1)));
        show("elsewhere", () -> new ServerSocket(0, 1, InetAddress.getByName("192.0.2.1")));
        show("not connected", () -> { try (SocketChannel c = SocketChannel.open()) { return c.read(ByteBuffer.allocate(1)); } });
        show("not bound", () -> { try (ServerSocketChannel c = ServerSocketChannel.open()) { return c.accept(); } });
        show("unconnected socket", () -> { try (Socket s = new Socket()) { return s.getInputStream(); } });
        show("full backlog", () -> {
            List<Socket> sockets = new ArrayList<>();
            try (ServerSocket s = new ServerSocket(0, 1, LO)) {
                for (int i = 0; i < 20; i++) {
                    Socket c = new Socket();
                    sockets.add(c);
                    c.connect(s.getLocalSocketAddress(), 150);
                }
                return "all";
            } finally {
                for (Socket c : sockets) {
                    c.close();
                }
            }
        });
        try (ServerSocket s = new ServerSocket(0, 1, LO); Socket a = new Socket(LO, s.getLocalPort()); Socket b = s.accept()) {
            a.setSoTimeout(30);
            show("read timeout", () -> a.getInputStream().read());
            b.setSoLinger(true, 0);
            b.close();
            show("reset", () -> a.getInputStream().read());
            show("reset again", () -> a.getInputStream().read());
            show("write to reset", () -> { for (int i = 0; i < 10; i++) a.getOutputStream().write(1); return 0; });
        }
        try (Pair p = Pair.make()) {
            p.b.setOption(StandardSocketOptions.SO_LINGER, 0);
            p.b.close();
            show("channel reset", () -> p.a.read(ByteBuffer.allocate(1)));
            show("channel broken pipe", () -> { for (int i = 0; i < 10; i++) p.a.write(ByteBuffer.allocate(1)); return 0; });
        }
        try (DatagramChannel c = DatagramChannel.open().bind(new InetSocketAddress(LO, 0)).connect(free)) {
            show("unreachable", () -> { for (int i = 0; i < 50; i++) { c.write(ByteBuffer.allocate(1)); Thread.sleep(5); } return 0; });
            show("too long", () -> c.write(ByteBuffer.allocate(70_000)));
        }
    }

    static void options() throws Exception {
        try (Pair p = Pair.make(); DatagramChannel d = DatagramChannel.open(); ServerSocketChannel s = ServerSocketChannel.open()) {
            System.out.println(new TreeSet<>(p.a.supportedOptions().stream().map(Object::toString).toList()));
            System.out.println(new TreeSet<>(d.supportedOptions().stream().map(Object::toString).toList()));
            System.out.println(new TreeSet<>(s.supportedOptions().stream().map(Object::toString).toList()));
            System.out.println(p.a.setOption(StandardSocketOptions.SO_RCVBUF, 20_000).getOption(StandardSocketOptions.SO_RCVBUF));
            System.out.println(p.a.setOption(StandardSocketOptions.SO_SNDBUF, 30_000).getOption(StandardSocketOptions.SO_SNDBUF));
            System.out.println(p.a.getOption(StandardSocketOptions.SO_LINGER) + " " + p.a.setOption(StandardSocketOptions.SO_LINGER, 7).getOption(StandardSocketOptions.SO_LINGER));
            System.out.println(p.a.setOption(StandardSocketOptions.TCP_NODELAY, true).getOption(StandardSocketOptions.TCP_NODELAY));
            System.out.println(p.a.setOption(StandardSocketOptions.SO_KEEPALIVE, true).getOption(StandardSocketOptions.SO_KEEPALIVE));
            System.out.println(p.a.setOption(StandardSocketOptions.IP_TOS, 0x10).getOption(StandardSocketOptions.IP_TOS));
            System.out.println(p.a.setOption(jdk.net.ExtendedSocketOptions.TCP_KEEPIDLE, 77).getOption(jdk.net.ExtendedSocketOptions.TCP_KEEPIDLE));
            System.out.println(p.a.setOption(jdk.net.ExtendedSocketOptions.TCP_KEEPCOUNT, 5).getOption(jdk.net.ExtendedSocketOptions.TCP_KEEPCOUNT));
            System.out.println(d.setOption(StandardSocketOptions.SO_BROADCAST, true).getOption(StandardSocketOptions.SO_BROADCAST));
            System.out.println(d.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 3).getOption(StandardSocketOptions.IP_MULTICAST_TTL));
            System.out.println(d.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, false).getOption(StandardSocketOptions.IP_MULTICAST_LOOP));
            System.out.println(s.setOption(StandardSocketOptions.SO_REUSEADDR, false).getOption(StandardSocketOptions.SO_REUSEADDR));
            System.out.println(s.setOption(StandardSocketOptions.SO_REUSEPORT, true).getOption(StandardSocketOptions.SO_REUSEPORT));
        }
        NetworkInterface lo = NetworkInterface.getByInetAddress(LO);
        System.out.println(lo.getName() + " " + lo.isLoopback() + " " + lo.isUp() + " " + lo.equals(NetworkInterface.getByIndex(lo.getIndex())));
        try (DatagramChannel d = DatagramChannel.open(StandardProtocolFamily.INET)) {
            d.setOption(StandardSocketOptions.IP_MULTICAST_IF, lo);
            System.out.println(d.getOption(StandardSocketOptions.IP_MULTICAST_IF).getName());
            show("join", () -> {
                d.setOption(StandardSocketOptions.SO_REUSEADDR, true).bind(new InetSocketAddress(0));
                var key = d.join(InetAddress.getByName("239.1.2.3"), lo);
                boolean valid = key.isValid();
                key.drop();
                var from = d.join(InetAddress.getByName("239.1.2.3"), lo, LO);
                String text = valid + " " + key.isValid() + " " + from.isValid();
                from.drop();
                return text;
            });
        }
    }

    static void unix() throws Exception {
        Path folder = Files.createTempDirectory("rvm-net");
        Path file = folder.resolve("socket");
        UnixDomainSocketAddress at = UnixDomainSocketAddress.of(file);
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(at);
            System.out.println(server.getLocalAddress().equals(at));
            show("bound twice", () -> { try (var s = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) { return s.bind(at); } });
            try (SocketChannel client = SocketChannel.open(at); SocketChannel accepted = server.accept()) {
                System.out.println(client.getRemoteAddress().equals(at) + " '" + accepted.getRemoteAddress() + "' '" + client.getLocalAddress() + "'");
                System.out.println(client.write(new ByteBuffer[] {ByteBuffer.wrap("ab".getBytes()), ByteBuffer.wrap("cde".getBytes())}));
                ByteBuffer one = ByteBuffer.allocate(3), two = ByteBuffer.allocateDirect(9);
                System.out.println(accepted.read(new ByteBuffer[] {one, two}) + " " + one + " " + two);
                var peer = client.getOption(jdk.net.ExtendedSocketOptions.SO_PEERCRED);
                System.out.println(peer.user().getName() + " " + peer.group().getName());
                client.shutdownOutput();
                System.out.println(accepted.read(one.clear()));
                accepted.close();
                show("shut down", () -> client.write(one.clear()));
            }
            broken("unix accept", server::accept, () -> { server.close(); return 0; });
        }
        show("nobody there", () -> SocketChannel.open(at));
        Files.delete(file);
        show("nothing there", () -> SocketChannel.open(at));
        show("long path", () -> { try (var s = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) { return s.bind(UnixDomainSocketAddress.of("/tmp/" + "x".repeat(200))); } });
        Files.delete(folder);
    }

    /** One selector, many connections: each gets back what it sends. */
    static void many(int count) throws Exception {
        try (Selector selector = Selector.open(); ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress(LO, 0), count).configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT);
            int[] seen = new int[2];
            Thread loop = new Thread(() -> {
                try {
                    while (seen[1] < count) {
                        selector.select(key -> {
                            try {
                                if (key.isAcceptable()) {
                                    SocketChannel c = server.accept();
                                    if (c != null) {
                                        c.configureBlocking(false).register(selector, SelectionKey.OP_READ, ByteBuffer.allocate(64));
                                        seen[0]++;
                                    }
                                    return;
                                }
                                SocketChannel c = (SocketChannel) key.channel();
                                ByteBuffer b = (ByteBuffer) key.attachment();
                                if (c.read(b.clear()) < 0) {
                                    c.close();
                                    seen[1]++;
                                } else {
                                    c.write(b.flip());
                                }
                            } catch (IOException e) {
                                System.out.println(e);
                            }
                        }, 10_000);
                    }
                } catch (IOException e) {
                    System.out.println(e);
                }
            });
            loop.start();
            List<SocketChannel> clients = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                clients.add(SocketChannel.open(server.getLocalAddress()));
            }
            long sum = 0;
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < count; i++) {
                    clients.get(i).write(ByteBuffer.allocate(8).putLong(0, i * 3L + round));
                }
                for (SocketChannel c : clients) {
                    ByteBuffer b = ByteBuffer.allocate(8);
                    while (b.hasRemaining() && c.read(b) >= 0) {
                    }
                    sum += b.getLong(0);
                }
            }
            for (SocketChannel c : clients) {
                c.close();
            }
            loop.join(20_000);
            System.out.println(sum + " " + seen[0] + " " + seen[1]);
        }
    }

    static void asynchronous() throws Exception {
        try (AsynchronousServerSocketChannel server = AsynchronousServerSocketChannel.open().bind(new InetSocketAddress(LO, 0));
             AsynchronousSocketChannel client = AsynchronousSocketChannel.open()) {
            var accepted = server.accept();
            client.connect(server.getLocalAddress()).get(5, TimeUnit.SECONDS);
            try (AsynchronousSocketChannel other = accepted.get(5, TimeUnit.SECONDS)) {
                ByteBuffer b = ByteBuffer.allocate(16);
                var read = other.read(b);
                System.out.println(client.write(ByteBuffer.wrap("async".getBytes())).get() + " " + read.get(5, TimeUnit.SECONDS));
                var pending = other.read(b);
                client.close();
                System.out.println(pending.get(5, TimeUnit.SECONDS));
            }
        }
    }

    static void transfer() throws Exception {
        Path file = Files.createTempFile("rvm-net", ".data");
        byte[] data = new byte[300_000];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) (i * 7 >> 2);
        }
        Files.write(file, data);
        try (FileChannel f = FileChannel.open(file, StandardOpenOption.READ); Pair p = Pair.make()) {
            Thread sender = new Thread(() -> show("sent", () -> {
                long sent = 0;
                while (sent < data.length) {
                    sent += f.transferTo(sent, data.length - sent, p.a);
                }
                p.a.shutdownOutput();
                return sent;
            }));
            sender.start();
            Path copy = Files.createTempFile("rvm-net", ".copy");
            try (FileChannel to = FileChannel.open(copy, StandardOpenOption.WRITE)) {
                long got = 0;
                for (long n; (n = to.transferFrom(p.b, got, 1 << 20)) > 0; ) {
                    got += n;
                }
                sender.join();
                System.out.println(got + " " + Files.mismatch(file, copy));
            }
            Files.delete(copy);
        }
        Files.delete(file);
    }

    static int descriptors() {
        return new File("/proc/self/fd").list().length;
    }

    public static void main(String[] args) throws Exception {
        closing();
        interrupting();
        errors();
        options();
        unix();
        many(60);
        transfer();
        asynchronous();
        System.gc();
        Thread.sleep(50);
        int before = descriptors();
        for (int i = 0; i < 30; i++) {
            try (Pair p = Pair.make(); Selector s = Selector.open(); DatagramSocket d = new DatagramSocket(0, LO); Socket unconnected = new Socket()) {
                p.a.configureBlocking(false).register(s, SelectionKey.OP_WRITE);
                s.selectNow();
            }
        }
        many(40);
        System.out.println("leaked: " + (descriptors() > before));
    }
}
