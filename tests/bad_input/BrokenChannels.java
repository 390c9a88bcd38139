// Channels and sockets closed or interrupted while another thread waits in them; peers that go away; addresses that can not be.

import java.io.*;
import java.net.*;
import java.net.http.*;
import java.nio.ByteBuffer;
import java.nio.channels.*;
import java.nio.file.*;
import java.util.*;
import java.util.concurrent.*;

public class BrokenChannels {
    static void show(String what, Callable<?> action) {
        System.out.println(what + ": " + attempt(action));
    }

    static String attempt(Callable<?> action) {
        try {
            return "-> " + action.call();
        } catch (Throwable e) {
            StringBuilder text = new StringBuilder(e.toString());
            for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) text.append(" <- ").append(cause);
            for (Throwable other : e.getSuppressed()) text.append(" + ").append(other);
            return text.toString().replaceAll(": (Name or service not known|Temporary failure in name resolution)", "").replaceAll("localport=[0-9]+", "localport=PORT").replaceAll("port=?[0-9]+", "port=PORT").replaceAll("127.0.0.1:[0-9]{4,5}", "127.0.0.1:PORT");
        }
    }

    /** Waits until a thread waits in a native method. */
    static void awaitBlocked(Thread thread) throws InterruptedException {
        for (int times = 0, tries = 0; times < 4 && tries < 1000 && thread.isAlive(); tries++) {
            Thread.sleep(15);
            StackTraceElement[] trace = thread.getStackTrace();
            times = trace.length > 0 && trace[0].isNativeMethod() ? times + 1 : 0;
        }
    }

    interface Step { void run() throws Exception; }

    /** Starts a blocking action, lets it come to wait, does something to it. */
    static void blocked(String what, Callable<?> action, Step then) throws Exception {
        String[] result = {"hangs"};
        Thread thread = new Thread(() -> {
            result[0] = attempt(action);
            result[0] += " interrupted " + Thread.currentThread().isInterrupted();
        });
        thread.setDaemon(true);
        thread.start();
        awaitBlocked(thread);
        then.run();
        thread.join(10_000);
        if (thread.isAlive()) {
            for (StackTraceElement e : thread.getStackTrace()) System.out.println("  " + e);
        }
        System.out.println(what + ": " + result[0]);
    }

    /** The same, interrupting; once before it begins and once while it waits. */
    static void interrupted(String what, Callable<Closeable> make, Map<String, ?> unused, CallableOf<Closeable> action) throws Exception {
        for (boolean before : new boolean[] {true, false}) {
            Closeable c = make.call();
            String[] result = {"hangs"};
            Thread thread = new Thread(() -> {
                if (before) Thread.currentThread().interrupt();
                result[0] = attempt(() -> action.call(c));
                result[0] += " interrupted " + Thread.currentThread().isInterrupted();
                if (c instanceof Channel ch) result[0] += " open " + ch.isOpen();
            });
            thread.setDaemon(true);
            thread.start();
            if (!before) {
                awaitBlocked(thread);
                thread.interrupt();
            }
            thread.join(10_000);
            System.out.println(what + (before ? " before" : " while") + ": " + result[0]);
            c.close();
        }
    }

    interface CallableOf<T> { Object call(T t) throws Exception; }

    static InetSocketAddress refused() throws Exception {
        try (ServerSocket s = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return new InetSocketAddress("127.0.0.1", s.getLocalPort());
        }
    }

    static int descriptors() {
        return new File("/proc/self/fd").list().length;
    }

    static ServerSocketChannel server() throws IOException {
        return ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0));
    }

    static SocketChannel connected(ServerSocketChannel server) throws IOException {
        SocketChannel c = SocketChannel.open(server.getLocalAddress());
        peers.add(server.accept());
        return c;
    }

    static final List<Closeable> peers = new CopyOnWriteArrayList<>();

    public static void main(String[] args) throws Exception {
        // Connections that are kept for a while would count as left open.
        System.setProperty("http.keepAlive", "false");
        run();
        settle();
        int before = descriptors();
        System.out.println("==== again");
        run();
        settle();
        System.out.println("leaked " + (descriptors() - before));
        // The client keeps threads and a selector of its own.
        http();
    }

    static void settle() throws Exception {
        for (Closeable c : peers) c.close();
        peers.clear();
        for (int i = 0; i < 10; i++) {
            System.gc();
            Thread.sleep(20);
        }
    }

    static void run() throws Exception {
        refusals();
        closing();
        interrupting();
        peersGone();
        states();
    }

    static void refusals() throws Exception {
        System.out.println("== refusals");
        InetSocketAddress refused = refused();
        int port = refused.getPort();
        show("Socket", () -> new Socket("127.0.0.1", port));
        show("Socket connect", () -> { try (var s = new Socket()) { s.connect(refused); return "connected"; } });
        show("Socket connect timed", () -> { try (var s = new Socket()) { s.connect(refused, 1000); return "connected"; } });
        show("Socket after refusal", () -> { var s = new Socket(); try { s.connect(refused); } catch (ConnectException e) { } return s.isClosed() + " " + s.isBound() + " " + attempt(() -> { s.connect(refused); return 0; }); });
        show("SocketChannel", () -> SocketChannel.open(refused));
        show("SocketChannel state", () -> { var c = SocketChannel.open(); try { c.connect(refused); } catch (ConnectException e) { } return c.isOpen() + " " + attempt(() -> c.connect(refused)); });
        show("SocketChannel non-blocking", () -> { try (var c = SocketChannel.open()) { c.configureBlocking(false); try { boolean b = c.connect(refused); while (!c.finishConnect()) { Thread.sleep(1); } return b; } catch (IOException e) { return e + " " + c.isOpen() + " " + c.isConnectionPending(); } } });
        show("SocketChannel selected", () -> { try (var c = SocketChannel.open(); var sel = Selector.open()) { c.configureBlocking(false); try { c.connect(refused); } catch (ConnectException e) { return "at once " + e; } c.register(sel, SelectionKey.OP_CONNECT); int n = sel.select(5000); return n + " " + sel.selectedKeys().iterator().next().isConnectable() + attempt(c::finishConnect); } });
        show("SocketChannel adaptor", () -> { try (var c = SocketChannel.open()) { c.socket().connect(refused, 1000); return 0; } });
        show("AsynchronousSocketChannel", () -> { try (var c = AsynchronousSocketChannel.open()) { return c.connect(refused).get(); } });
        show("URL", () -> new URL("http://127.0.0.1:" + port + "/a").openStream());
        show("URLConnection", () -> { var c = (HttpURLConnection) new URL("http://127.0.0.1:" + port + "/a").openConnection(); c.setConnectTimeout(500); return c.getResponseCode(); });
        show("unknown host", () -> new Socket("no-such-host.invalid", 80));
        show("unknown address", () -> InetAddress.getByName("no-such-host.invalid"));
        show("unknown addresses", () -> InetAddress.getAllByName("no-such-host.invalid"));
        show("unknown URL", () -> new URL("http://no-such-host.invalid/").openStream());
        show("unresolved", () -> SocketChannel.open(new InetSocketAddress("no-such-host.invalid", 80)));
        show("unresolved socket", () -> { try (var s = new Socket()) { s.connect(InetSocketAddress.createUnresolved("a.invalid", 80)); return 0; } });
        show("unresolved bind", () -> { try (var s = new ServerSocket()) { s.bind(InetSocketAddress.createUnresolved("a.invalid", 80)); return 0; } });
        show("unresolved datagram", () -> { try (var s = new DatagramSocket()) { s.send(new DatagramPacket(new byte[1], 1, InetSocketAddress.createUnresolved("a.invalid", 80))); return 0; } });
        show("bad literal", () -> InetAddress.getByName("[1:2"));
        show("bad literal 6", () -> InetAddress.getByName("1:2:3"));
        show("bad literal 4", () -> InetAddress.getByName("1.2.3.4.5"));
        show("bad scope", () -> InetAddress.getByName("fe80::1%nothing"));
        show("by address", () -> InetAddress.getByAddress(new byte[5]));
        show("long host", () -> InetAddress.getByName("h".repeat(5000)));
        show("odd host", () -> InetAddress.getByName("a b\u00e9"));
        show("NUL host", () -> InetAddress.getByName("local\0host"));
        for (int bad : new int[] {-1, 65536, Integer.MAX_VALUE}) {
            show("port " + bad, () -> new Socket("127.0.0.1", bad));
            show("server port " + bad, () -> new ServerSocket(bad));
            show("address port " + bad, () -> new InetSocketAddress("127.0.0.1", bad));
            show("datagram port " + bad, () -> new DatagramSocket(bad));
            show("url port " + bad, () -> new URL("http://127.0.0.1:" + bad + "/").openStream());
        }
        show("port 0", () -> new Socket("127.0.0.1", 0));
        show("channel port 0", () -> SocketChannel.open(new InetSocketAddress("127.0.0.1", 0)));
        show("datagram port 0", () -> { try (var s = new DatagramSocket()) { s.send(new DatagramPacket(new byte[1], 1, new InetSocketAddress("127.0.0.1", 0))); return 0; } });
        try (var s = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1")); var d = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0))) {
            show("in use", () -> new ServerSocket(s.getLocalPort(), 5, InetAddress.getByName("127.0.0.1")));
            show("in use channel", () -> { try (var c = ServerSocketChannel.open()) { return c.bind(s.getLocalSocketAddress()); } });
            show("in use socket", () -> { try (var c = new Socket()) { c.bind(s.getLocalSocketAddress()); return 0; } });
            show("in use socket channel", () -> { try (var c = SocketChannel.open()) { return c.bind(s.getLocalSocketAddress()); } });
            show("in use async", () -> { try (var c = AsynchronousServerSocketChannel.open()) { return c.bind(s.getLocalSocketAddress()); } });
            show("in use datagram", () -> new DatagramSocket(d.getLocalSocketAddress()));
            show("in use datagram channel", () -> { try (var c = DatagramChannel.open()) { return c.bind(d.getLocalSocketAddress()); } });
        }
        show("not ours", () -> new ServerSocket(0, 5, InetAddress.getByName("192.0.2.1")));
        show("not ours channel", () -> { try (var c = SocketChannel.open()) { return c.bind(new InetSocketAddress("192.0.2.1", 0)); } });
        show("not ours from", () -> new Socket(InetAddress.getByName("127.0.0.1"), port, InetAddress.getByName("192.0.2.1"), 0));
        show("unreachable", () -> { try (var s = new Socket()) { s.connect(new InetSocketAddress("255.255.255.255", 9), 300); return 0; } });
        show("unreachable channel", () -> { try (var s = SocketChannel.open()) { return s.connect(new InetSocketAddress("255.255.255.255", 9)); } });
        show("broadcast", () -> { try (var s = DatagramChannel.open()) { return s.send(ByteBuffer.allocate(1), new InetSocketAddress("255.255.255.255", 9)); } });
        show("too large datagram", () -> { try (var s = new DatagramSocket()) { s.send(new DatagramPacket(new byte[65535], 65535, new InetSocketAddress("127.0.0.1", 9))); return 0; } });
        show("too large datagram channel", () -> { try (var s = DatagramChannel.open()) { return s.send(ByteBuffer.allocate(65535), new InetSocketAddress("127.0.0.1", 9)); } });
        show("datagram refused", () -> { try (var s = DatagramChannel.open()) { s.connect(refused); s.write(ByteBuffer.allocate(1)); Thread.sleep(20); return s.read(ByteBuffer.allocate(1)); } });
        show("datagram socket refused", () -> { try (var s = new DatagramSocket()) { s.connect(refused); s.setSoTimeout(500); s.send(new DatagramPacket(new byte[1], 1)); Thread.sleep(20); s.receive(new DatagramPacket(new byte[1], 1)); return 0; } });
        show("accept timeout", () -> { try (var s = new ServerSocket(0)) { s.setSoTimeout(30); return s.accept(); } });
        show("receive timeout", () -> { try (var s = new DatagramSocket()) { s.setSoTimeout(30); s.receive(new DatagramPacket(new byte[1], 1)); return 0; } });
        try (var s = server()) {
            show("read timeout", () -> { try (var c = new Socket("127.0.0.1", s.socket().getLocalPort())) { c.setSoTimeout(30); return c.getInputStream().read(); } });
            show("adaptor timeout", () -> { try (var c = connected(s)) { c.socket().setSoTimeout(30); return c.socket().getInputStream().read(); } });
            show("adaptor accept timeout", () -> { try (var t = server()) { t.socket().setSoTimeout(30); return t.socket().accept(); } });
            show("connect timeout", () -> {
                // A server that accepts none: its queue fills up.
                try (var full = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
                    for (int i = 0; i < 20; i++) { var c = new Socket(); peers.add(c); c.connect(full.getLocalSocketAddress(), 100); }
                    return "never full";
                }
            });
            show("HTTP read timeout", () -> { var c = (HttpURLConnection) new URL("http://127.0.0.1:" + s.socket().getLocalPort() + "/a").openConnection(); c.setReadTimeout(50); return c.getResponseCode(); });
        }
        show("negative timeout", () -> { try (var s = new Socket()) { s.setSoTimeout(-1); return 0; } });
        show("negative connect timeout", () -> { try (var s = new Socket()) { s.connect(refused, -1); return 0; } });
        show("unix missing", () -> SocketChannel.open(UnixDomainSocketAddress.of("/tmp/no/such/socket")));
        show("unix long", () -> SocketChannel.open(UnixDomainSocketAddress.of("/tmp/" + "x".repeat(200))));
        show("unix bind missing", () -> { try (var c = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) { return c.bind(UnixDomainSocketAddress.of("/tmp/no/such/socket")); } });
        show("unix refused", () -> { Path p = Path.of("/tmp/bad" + ProcessHandle.current().pid()); try (var c = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) { c.bind(UnixDomainSocketAddress.of(p)); } try { return SocketChannel.open(UnixDomainSocketAddress.of(p)); } finally { Files.delete(p); } });
        show("unix to inet", () -> { try (var c = SocketChannel.open(StandardProtocolFamily.UNIX)) { return c.connect(refused); } });
        show("reachable", () -> InetAddress.getByName("127.0.0.1").isReachable(500));
        show("no interface", () -> NetworkInterface.getByName("nothing0"));
        show("multicast", () -> { try (var s = new MulticastSocket()) { s.joinGroup(new InetSocketAddress("127.0.0.1", 0), null); return 0; } });
    }

    static void closing() throws Exception {
        System.out.println("== closing");
        try (var s = server()) {
            { var c = server(); blocked("accept channel", c::accept, c::close); show("accept closed", c::accept); show("accept closed local", c::getLocalAddress); }
            { var c = new ServerSocket(0); blocked("accept socket", c::accept, c::close); show("accept socket closed", c::accept); }
            { var c = connected(s); blocked("read channel", () -> c.read(ByteBuffer.allocate(4)), c::close); show("read closed", () -> c.read(ByteBuffer.allocate(4))); show("write closed", () -> c.write(ByteBuffer.allocate(4))); show("address closed", c::getRemoteAddress); }
            { var c = connected(s); blocked("read adaptor", () -> c.socket().getInputStream().read(), c::close); }
            { var c = connected(s); blocked("read channel shut", () -> c.read(ByteBuffer.allocate(4)), c::shutdownInput); c.close(); }
            { var c = connected(s); blocked("write channel", () -> { while (true) c.write(ByteBuffer.allocate(100_000)); }, c::close); }
            { var c = connected(s); blocked("scatter", () -> c.read(new ByteBuffer[] {ByteBuffer.allocate(4), ByteBuffer.allocate(4)}), c::close); }
            { var c = new Socket("127.0.0.1", s.socket().getLocalPort()); blocked("read socket", () -> c.getInputStream().read(), c::close); show("socket closed", () -> c.getInputStream()); }
            { var c = new Socket("127.0.0.1", s.socket().getLocalPort()); var in = c.getInputStream(); var out = c.getOutputStream(); blocked("read socket stream", in::read, in::close); show("closed in", in::read); show("closed out", () -> { out.write(1); return 0; }); show("closed options", () -> { c.setTcpNoDelay(true); return 0; }); }
            { var c = new Socket("127.0.0.1", s.socket().getLocalPort()); var out = c.getOutputStream(); blocked("write socket", () -> { while (true) out.write(new byte[100_000]); }, c::close); }
            { var c = new Socket("127.0.0.1", s.socket().getLocalPort()); c.setSoTimeout(20_000); blocked("read socket timed", () -> c.getInputStream().read(), c::close); }
            { var c = new Socket("127.0.0.1", s.socket().getLocalPort()); blocked("read socket shut", () -> c.getInputStream().read(), c::shutdownInput); show("shut twice", () -> { c.shutdownInput(); return 0; }); c.close(); }
            { var c = new ServerSocket(0); c.setSoTimeout(20_000); blocked("accept timed", c::accept, c::close); }
        }
        { var c = new DatagramSocket(); blocked("receive", () -> { c.receive(new DatagramPacket(new byte[1], 1)); return 0; }, c::close); show("receive closed", () -> { c.receive(new DatagramPacket(new byte[1], 1)); return 0; }); }
        { var c = DatagramChannel.open().bind(null); blocked("receive channel", () -> c.receive(ByteBuffer.allocate(1)), c::close); }
        { var c = Pipe.open(); blocked("pipe source", () -> c.source().read(ByteBuffer.allocate(1)), c.source()::close); c.sink().close(); }
        { var c = Pipe.open(); blocked("pipe sink closed", () -> c.source().read(ByteBuffer.allocate(1)), c.sink()::close); c.source().close(); }
        { var c = Pipe.open(); blocked("pipe sink", () -> { while (true) c.sink().write(ByteBuffer.allocate(10_000)); }, c.sink()::close); c.source().close(); }
        { var c = Pipe.open(); c.source().close(); show("pipe broken", () -> c.sink().write(ByteBuffer.allocate(1))); c.sink().close(); }
        { var c = Selector.open(); blocked("select", c::select, c::close); show("select closed", c::select); show("wakeup closed", () -> c.wakeup() == c); show("keys closed", c::keys); }
        { var c = Selector.open(); blocked("select woken", c::select, c::wakeup); c.close(); }
        { var c = Selector.open(); var d = DatagramChannel.open(); d.configureBlocking(false); var key = d.register(c, 1); blocked("select channel closed", () -> c.select(2000), d::close); show("key", () -> key.isValid() + attempt(key::interestOps)); c.close(); }
        { var c = AsynchronousServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0)); blocked("async accept", () -> c.accept().get(), c::close); }
        try (var s = server()) {
            var c = AsynchronousSocketChannel.open();
            c.connect(s.getLocalAddress()).get();
            blocked("async read", () -> c.read(ByteBuffer.allocate(1)).get(), c::close);
            show("async closed", () -> c.read(ByteBuffer.allocate(1)).get());
            var d = AsynchronousSocketChannel.open();
            d.connect(s.getLocalAddress()).get();
            var done = new CompletableFuture<Integer>();
            d.read(ByteBuffer.allocate(1), 50, TimeUnit.MILLISECONDS, null, new CompletionHandler<Integer, Void>() {
                public void completed(Integer n, Void v) { done.complete(n); }
                public void failed(Throwable e, Void v) { done.completeExceptionally(e); }
            });
            show("async timeout", () -> done.get(10, TimeUnit.SECONDS));
            show("async after timeout", () -> d.read(ByteBuffer.allocate(1)).get());
            d.close();
        }
        Path p = Files.createTempFile("lock", null);
        try (var other = lockedElsewhere(p)) {
            var c = FileChannel.open(p, StandardOpenOption.READ, StandardOpenOption.WRITE);
            show("lock held", c::tryLock);
            blocked("lock", c::lock, c::close);
            var d = AsynchronousFileChannel.open(p, StandardOpenOption.WRITE);
            blocked("async lock", () -> d.lock().get(), d::close);
            interrupted("lock", () -> FileChannel.open(p, StandardOpenOption.READ, StandardOpenOption.WRITE), null, x -> ((FileChannel) x).lock());
        }
        Path fifo = Path.of(p + ".fifo");
        new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor();
        { var c = FileChannel.open(fifo, StandardOpenOption.READ, StandardOpenOption.WRITE); blocked("fifo channel", () -> c.read(ByteBuffer.allocate(1)), c::close); }
        { var c = new RandomAccessFile(fifo.toFile(), "rw"); blocked("fifo stream", c::read, () -> { c.write(7); }); c.close(); }
        interrupted("fifo", () -> FileChannel.open(fifo, StandardOpenOption.READ, StandardOpenOption.WRITE), null, x -> ((FileChannel) x).read(ByteBuffer.allocate(1)));
        Files.delete(fifo);
        Files.delete(p);
    }

    /** Another process that holds a lock on the file until closed. */
    static Closeable lockedElsewhere(Path p) throws Exception {
        String script = "import fcntl,sys,struct\nf=open(sys.argv[1],'r+')\nfcntl.lockf(f,fcntl.LOCK_EX)\nprint('locked',flush=True)\nsys.stdin.read()\n";
        Process process = new ProcessBuilder("python3", "-c", script, p.toString()).start();
        process.getInputStream().read();
        return () -> {
            process.getOutputStream().close();
            process.getInputStream().close();
            process.getErrorStream().close();
            try { process.waitFor(); } catch (InterruptedException e) { throw new IOException(e); }
        };
    }

    static void interrupting() throws Exception {
        System.out.println("== interrupting");
        try (var s = server()) {
            interrupted("accept", BrokenChannels::server, null, c -> ((ServerSocketChannel) c).accept());
            interrupted("read", () -> connected(s), null, c -> ((SocketChannel) c).read(ByteBuffer.allocate(1)));
            interrupted("write", () -> connected(s), null, c -> { while (true) ((SocketChannel) c).write(ByteBuffer.allocate(100_000)); });
            interrupted("receive", () -> DatagramChannel.open().bind(null), null, c -> ((DatagramChannel) c).receive(ByteBuffer.allocate(1)));
            interrupted("select", Selector::open, null, c -> ((Selector) c).select());
            interrupted("adaptor accept", BrokenChannels::server, null, c -> ((ServerSocketChannel) c).socket().accept());
            interrupted("adaptor read", () -> connected(s), null, c -> ((SocketChannel) c).socket().getInputStream().read());
        }
        { var c = Pipe.open(); interrupted("pipe", () -> c.source(), null, x -> c.source().read(ByteBuffer.allocate(1))); c.sink().close(); }
        Path p = Files.createTempFile("interrupt", null);
        for (String kind : new String[] {"read", "write", "size", "force", "map", "truncate", "position", "lock", "tryLock", "transferTo"}) {
            var c = FileChannel.open(p, StandardOpenOption.READ, StandardOpenOption.WRITE);
            Thread.currentThread().interrupt();
            String result = attempt(() -> switch (kind) {
                case "read" -> c.read(ByteBuffer.allocate(1));
                case "write" -> c.write(ByteBuffer.allocate(1));
                case "size" -> c.size();
                case "force" -> { c.force(true); yield 0; }
                case "map" -> c.map(FileChannel.MapMode.READ_ONLY, 0, 0).capacity();
                case "truncate" -> c.truncate(0).position();
                case "position" -> c.position();
                case "lock" -> c.lock();
                case "tryLock" -> c.tryLock().isValid();
                default -> c.transferTo(0, 10, c);
            });
            System.out.println("interrupted " + kind + ": " + result + " " + Thread.interrupted() + " " + c.isOpen());
            c.close();
        }
        Thread.currentThread().interrupt();
        show("interrupted Files", () -> Files.readAllBytes(p).length);
        System.out.println(Thread.interrupted());
        Thread.currentThread().interrupt();
        show("interrupted stream", () -> { try (var in = new FileInputStream(p.toFile())) { return in.read() >= -1; } });
        System.out.println(Thread.interrupted());
        Process sleeping = new ProcessBuilder("sleep", "100").start();
        Thread.currentThread().interrupt();
        show("interrupted process", sleeping::waitFor);
        System.out.println(Thread.interrupted());
        sleeping.destroyForcibly().waitFor();
        Files.delete(p);
    }

    static void peersGone() throws Exception {
        System.out.println("== peers gone");
        try (var s = server()) {
            show("ended", () -> { try (var c = SocketChannel.open(s.getLocalAddress())) { s.accept().close(); return c.read(ByteBuffer.allocate(1)) + " " + c.read(ByteBuffer.allocate(1)); } });
            show("ended stream", () -> { try (var c = new Socket("127.0.0.1", s.socket().getLocalPort())) { s.accept().close(); return c.getInputStream().read() + " " + c.getInputStream().read(new byte[3]); } });
            show("reset read", () -> { try (var c = SocketChannel.open(s.getLocalAddress())) { reset(s); return c.read(ByteBuffer.allocate(1)); } });
            show("reset stream", () -> { try (var c = new Socket("127.0.0.1", s.socket().getLocalPort())) { reset(s); return c.getInputStream().read(); } });
            show("reset stream twice", () -> { try (var c = new Socket("127.0.0.1", s.socket().getLocalPort())) { reset(s); return attempt(() -> c.getInputStream().read()) + attempt(() -> c.getInputStream().read()) + attempt(() -> c.getInputStream().available()); } });
            show("broken write", () -> { try (var c = SocketChannel.open(s.getLocalAddress())) { s.accept().close(); return write(() -> c.write(ByteBuffer.allocate(10))); } });
            show("broken stream", () -> { try (var c = new Socket("127.0.0.1", s.socket().getLocalPort())) { s.accept().close(); return write(() -> { c.getOutputStream().write(new byte[10]); return 0; }); } });
            show("broken print", () -> { try (var c = new Socket("127.0.0.1", s.socket().getLocalPort())) { s.accept().close(); var out = new PrintStream(c.getOutputStream()); for (int i = 0; i < 100 && !out.checkError(); i++) { out.print("x"); Thread.sleep(5); } return out.checkError(); } });
            show("shut output", () -> { try (var c = SocketChannel.open(s.getLocalAddress()); var d = s.accept()) { c.shutdownOutput(); return attempt(() -> c.write(ByteBuffer.allocate(1))) + d.read(ByteBuffer.allocate(1)); } });
            show("shut output stream", () -> { try (var c = new Socket("127.0.0.1", s.socket().getLocalPort()); var d = s.accept()) { c.shutdownOutput(); c.getOutputStream().write(1); return 0; } });
            show("HTTP garbage", () -> answered(s, "garbage\r\n\r\n"));
            show("HTTP nothing", () -> answered(s, ""));
            show("HTTP short", () -> answered(s, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"));
            show("HTTP chunks", () -> answered(s, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc"));
            show("HTTP 404", () -> answered(s, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
            show("HTTP 500", () -> answered(s, "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"));
        }
    }

    static void reset(ServerSocketChannel s) throws IOException {
        var d = s.accept();
        d.setOption(StandardSocketOptions.SO_LINGER, 0);
        d.close();
    }

    static Object write(Callable<?> once) throws Exception {
        for (int i = 0; i < 200; i++) {
            try { once.call(); } catch (IOException e) { if (i == 0) return "at once " + e; return e.toString().replace("Connection reset by peer", "Broken pipe"); }
            Thread.sleep(5);
        }
        return "never";
    }

    static String answered(ServerSocketChannel s, String answer) throws Exception {
        Thread server = new Thread(() -> {
            try {
                for (int i = 0; i < (answer.isEmpty() ? 2 : 1); i++) {
                    var d = s.accept();
                    d.read(ByteBuffer.allocate(4096));
                    d.write(ByteBuffer.wrap(answer.getBytes()));
                    d.close();
                }
            } catch (IOException e) { }
        });
        server.setDaemon(true);
        server.start();
        String url = "http://127.0.0.1:" + s.socket().getLocalPort() + "/a";
        String result = attempt(() -> { try (var in = new URL(url).openStream()) { return new String(in.readAllBytes()); } });
        server.join(300);
        if (server.isAlive()) SocketChannel.open(s.getLocalAddress()).close();
        server.join();
        return result.replace(url, "URL");
    }

    static void states() throws Exception {
        System.out.println("== states");
        show("unconnected read", () -> { try (var c = SocketChannel.open()) { return c.read(ByteBuffer.allocate(1)); } });
        show("unconnected write", () -> { try (var c = SocketChannel.open()) { return c.write(ByteBuffer.allocate(1)); } });
        show("unconnected finish", () -> { try (var c = SocketChannel.open()) { return c.finishConnect(); } });
        show("unconnected shut", () -> { try (var c = SocketChannel.open()) { return c.shutdownInput(); } });
        show("unconnected stream", () -> { try (var c = new Socket()) { return c.getInputStream(); } });
        show("unbound accept", () -> { try (var c = ServerSocketChannel.open()) { return c.accept(); } });
        show("unbound socket accept", () -> { try (var c = new ServerSocket()) { return c.accept(); } });
        show("bound twice", () -> { try (var c = ServerSocketChannel.open()) { return c.bind(null).bind(null); } });
        show("option", () -> { try (var c = ServerSocketChannel.open()) { return c.setOption(StandardSocketOptions.TCP_NODELAY, true); } });
        show("negative buffer", () -> { try (var c = SocketChannel.open()) { return c.setOption(StandardSocketOptions.SO_RCVBUF, -1); } });
        show("wrong address", () -> { try (var c = SocketChannel.open()) { return c.connect(new SocketAddress() { }); } });
        show("wrong family", () -> { try (var c = SocketChannel.open(StandardProtocolFamily.INET)) { return c.connect(new InetSocketAddress("::1", 1)); } });
        show("blocking register", () -> { try (var c = SocketChannel.open(); var sel = Selector.open()) { return c.register(sel, 1); } });
        show("wrong ops", () -> { try (var c = SocketChannel.open(); var sel = Selector.open()) { c.configureBlocking(false); return c.register(sel, SelectionKey.OP_ACCEPT); } });
        show("registered blocking", () -> { try (var c = SocketChannel.open(); var sel = Selector.open()) { c.configureBlocking(false); c.register(sel, 0); return c.configureBlocking(true); } });
        show("read only buffer", () -> { try (var s = server(); var c = connected(s)) { return c.read(ByteBuffer.allocate(1).asReadOnlyBuffer()); } });
        show("datagram unconnected", () -> { try (var c = DatagramChannel.open()) { return c.write(ByteBuffer.allocate(1)); } });
        show("datagram no address", () -> { try (var c = new DatagramSocket()) { c.send(new DatagramPacket(new byte[1], 1)); return 0; } });
    }

    static void http() throws Exception {
        System.out.println("== client");
        HttpClient client = HttpClient.newBuilder().connectTimeout(java.time.Duration.ofMillis(500)).build();
        int port = refused().getPort();
        show("refused", () -> client.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port)).build(), HttpResponse.BodyHandlers.ofString()));
        show("unknown", () -> client.send(HttpRequest.newBuilder(URI.create("http://no-such-host.invalid/")).build(), HttpResponse.BodyHandlers.ofString()));
        show("scheme", () -> HttpRequest.newBuilder(URI.create("ftp://127.0.0.1/")).build());
        show("no host", () -> HttpRequest.newBuilder(URI.create("http:///x")).build());
        try (var s = server()) {
            URI uri = URI.create("http://127.0.0.1:" + s.socket().getLocalPort() + "/");
            show("silent", () -> client.send(HttpRequest.newBuilder(uri).timeout(java.time.Duration.ofMillis(200)).build(), HttpResponse.BodyHandlers.ofString()));
            s.accept().close();
            for (String answer : new String[] {"garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"}) {
                Thread t = new Thread(() -> { try { var d = s.accept(); d.read(ByteBuffer.allocate(4096)); d.write(ByteBuffer.wrap(answer.getBytes())); Thread.sleep(50); d.close(); } catch (Exception e) { } });
                t.start();
                show(answer.strip(), () -> client.send(HttpRequest.newBuilder(uri).version(HttpClient.Version.HTTP_1_1).build(), HttpResponse.BodyHandlers.ofString()).body());
                t.join();
            }
        }
    }
}
