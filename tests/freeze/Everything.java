import java.io.*;
import java.net.*;
import java.nio.*;
import java.nio.channels.*;
import java.nio.file.*;
import java.util.*;

/** Has about everything open that can be saved, and threads that wait for each; goes on when it is told to. */
public class Everything {
    interface Io { void run() throws Exception; }
    static Thread thread(Io io) {
        Thread t = new Thread(() -> { try { io.run(); } catch (Exception e) { System.out.println("failed: " + e); } });
        t.start();
        return t;
    }
    static String ask(SocketAddress at) throws IOException {
        try (SocketChannel c = SocketChannel.open(at)) { return new BufferedReader(Channels.newReader(c, "UTF-8")).readLine(); }
    }
    static void add(Set<String> seen, Iterator<Path> names) {
        String name = names.next().getFileName().toString();
        if (name.startsWith("file")) seen.add(name);
    }
    public static void main(String[] args) throws Exception {
        long process = ProcessHandle.current().pid();
        Path dir = Path.of(args[0]);
        for (int i = 0; i < 50; i++) Files.createFile(dir.resolve("file" + i));
        DirectoryStream<Path> names = Files.newDirectoryStream(dir);
        Set<String> seen = new TreeSet<>();
        Iterator<Path> it = names.iterator();
        for (int i = 0; i < 20; i++) add(seen, it);
        RandomAccessFile file = new RandomAccessFile(dir.resolve("file1").toFile(), "rw");
        FileOutputStream log = new FileOutputStream(dir.resolve("file2").toFile(), true);
        FileInputStream twice = new FileInputStream(file.getFD());
        ServerSocket server = new ServerSocket(0, 7, InetAddress.getLoopbackAddress());
        Selector selector = Selector.open();
        ServerSocketChannel selected = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0));
        selected.configureBlocking(false);
        selected.register(selector, SelectionKey.OP_ACCEPT);
        java.nio.channels.Pipe pipe = java.nio.channels.Pipe.open();
        pipe.sink().write(ByteBuffer.wrap("in the pipe".getBytes()));
        java.nio.channels.Pipe idle = java.nio.channels.Pipe.open();
        idle.source().configureBlocking(false);
        idle.source().register(selector, SelectionKey.OP_READ);
        UnixDomainSocketAddress path = UnixDomainSocketAddress.of(dir.resolve("socket"));
        ServerSocketChannel unix = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(path);
        DatagramSocket datagrams = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        file.seek(20000);
        file.write("hello".getBytes());
        MappedByteBuffer mapped = file.getChannel().map(FileChannel.MapMode.READ_WRITE, 0, 10000);
        MappedByteBuffer own = file.getChannel().map(FileChannel.MapMode.PRIVATE, 0, 10000);
        mapped.put(5, (byte) 42);
        own.put(100, (byte) 7);
        log.write("one ".getBytes());
        WatchService watch = FileSystems.getDefault().newWatchService();
        dir.register(watch, StandardWatchEventKinds.ENTRY_CREATE);

        Thread accepts = thread(() -> {
            for (int i = 0; i < 2; i++) try (Socket s = server.accept()) { s.getOutputStream().write(("served " + i + "\n").getBytes()); }
        });
        Thread selects = thread(() -> {
            for (boolean done = false; !done; ) {
                selector.select(100_000);
                for (SelectionKey k : selector.selectedKeys()) {
                    if (k.channel() != selected) continue;
                    try (SocketChannel c = selected.accept()) { c.write(ByteBuffer.wrap(("selected " + selector.keys().size() + "\n").getBytes())); }
                    done = true;
                }
                selector.selectedKeys().clear();
            }
        });
        String[] message = new String[1];
        Thread receives = thread(() -> {
            DatagramPacket p = new DatagramPacket(new byte[100], 100);
            datagrams.receive(p);
            message[0] = new String(p.getData(), 0, p.getLength());
        });
        Thread unixAccepts = thread(() -> { try (SocketChannel c = unix.accept()) { c.write(ByteBuffer.wrap("unix served\n".getBytes())); } });
        String[] closed = new String[1];
        ServerSocketChannel never = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0));
        Thread isClosed = thread(() -> { try { never.accept(); } catch (IOException e) { closed[0] = e.getClass().getSimpleName(); } });

        System.out.println("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line; !(line = in.readLine()).equals("go"); ) System.out.println("read " + line);

        for (SocketAddress at : new SocketAddress[] { server.getLocalSocketAddress(), selected.getLocalAddress(), server.getLocalSocketAddress() })
            System.out.println(ask(at));
        accepts.join();
        selects.join();
        new DatagramSocket().send(new DatagramPacket("msg".getBytes(), 3, datagrams.getLocalSocketAddress()));
        receives.join();
        System.out.println("message " + message[0]);
        System.out.println(ask(path));
        unixAccepts.join();
        ByteBuffer buffer = ByteBuffer.allocate(100);
        int n = pipe.source().read(buffer);
        System.out.println("pipe " + new String(buffer.array(), 0, n));
        mapped.put(6, (byte) 43);
        long position = file.getFilePointer();
        file.seek(6);
        System.out.println("mapped " + mapped.get(5) + " " + file.read() + " " + own.get(100));
        file.seek(position);
        System.out.println("position " + file.getFilePointer() + " " + file.length());
        log.write("two".getBytes());
        System.out.println("log " + Files.readString(dir.resolve("file2")));
        while (it.hasNext()) add(seen, it);
        System.out.println("directory " + (seen.size() == 50 ? "all there" : seen.toString()));
        file.seek(1);
        twice.skip(2);
        System.out.println("twice: " + position + " " + file.getFilePointer() + " " + twice.getChannel().position());
        Files.createFile(dir.resolve("new"));
        for (WatchEvent<?> e : watch.take().pollEvents()) System.out.println("watched " + e.kind() + " " + e.context());
        // Who is blocked in it is woken, although it is another thread of the system by now.
        never.close();
        isClosed.join();
        System.out.println("closed " + closed[0]);
        System.out.println("new process " + (process != ProcessHandle.current().pid()));
        watch.close();
        selector.close();
    }
}
