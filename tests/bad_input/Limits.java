// Opens all descriptors there are (at most args[1]), and with a third argument tries everything that needs one.
import java.io.*;
import java.net.*;
import java.nio.channels.*;
import java.nio.file.*;
import java.util.*;
import java.util.concurrent.Callable;
import java.util.zip.*;

public class Limits {
    /** Without the advice that may follow. */
    static String line(Throwable e) {
        return e.toString().lines().findFirst().get();
    }

    static String attempt(Callable<?> action) {
        try {
            return "-> " + action.call();
        } catch (Throwable e) {
            StringBuilder text = new StringBuilder(line(e));
            for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) text.append(" <- ").append(line(cause));
            return text.toString().replaceAll("[0-9]{9,}", "RANDOM");
        }
    }
    static void show(String what, Callable<?> action) { System.out.println(what + ": " + attempt(action)); }
    static void everything(Path jar) {
        show("FileInputStream", () -> { try (var in = new FileInputStream("/dev/null")) { return in.read(); } });
        show("FileOutputStream", () -> { try (var in = new FileOutputStream("/dev/null")) { return 0; } });
        show("RandomAccessFile", () -> { try (var in = new RandomAccessFile("/dev/null", "rw")) { return 0; } });
        show("FileChannel", () -> { try (var in = FileChannel.open(Path.of("/dev/null"))) { return 0; } });
        show("newInputStream", () -> { try (var in = Files.newInputStream(Path.of("/dev/null"))) { return 0; } });
        show("readString", () -> Files.readString(Path.of("/dev/null")));
        show("writeString", () -> Files.writeString(Path.of("/dev/null"), ""));
        show("copy", () -> Files.copy(jar, Path.of(jar + ".copy"), StandardCopyOption.REPLACE_EXISTING) != null);
        show("list", () -> { try (var l = Files.list(jar.getParent())) { return l.count() > 0; } });
        show("File.list", () -> jar.getParent().toFile().list() != null);
        show("File.createTempFile", () -> { File f = File.createTempFile("aaa", "b"); return f.delete(); });
        show("createTempFile", () -> { Path f = Files.createTempFile("aaa", "b"); Files.delete(f); return true; });
        show("exists", () -> jar.toFile().exists() + " " + Files.size(jar) / 100000 + " " + jar.toRealPath().equals(jar) + jar.toFile().getCanonicalFile().equals(jar.toFile()));
        show("FileStore", () -> Files.getFileStore(jar).type().isEmpty());
        show("ZipFile", () -> { try (var z = new ZipFile(jar.toFile())) { return z.size(); } });
        show("zip file system", () -> { try (var z = FileSystems.newFileSystem(jar)) { return z.isOpen(); } });
        show("Socket", () -> { try (var s = new Socket()) { s.bind(null); return 0; } });
        show("ServerSocket", () -> { try (var s = new ServerSocket(0)) { return 0; } });
        show("DatagramSocket", () -> { try (var s = new DatagramSocket()) { return 0; } });
        show("SocketChannel", () -> { try (var s = SocketChannel.open()) { return 0; } });
        show("ServerSocketChannel", () -> { try (var s = ServerSocketChannel.open()) { return 0; } });
        show("DatagramChannel", () -> { try (var s = DatagramChannel.open()) { return 0; } });
        show("Selector", () -> { try (var s = Selector.open()) { return 0; } });
        show("Pipe", () -> { var s = Pipe.open(); s.sink().close(); s.source().close(); return 0; });
        show("unix", () -> { try (var s = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) { return 0; } });
        show("AsynchronousSocketChannel", () -> { try (var s = AsynchronousSocketChannel.open()) { return 0; } });
        show("WatchService", () -> { try (var s = FileSystems.getDefault().newWatchService()) { return 0; } });
        show("Process", () -> new ProcessBuilder("true").start().waitFor());
        show("Process inherited", () -> new ProcessBuilder("true").inheritIO().start().waitFor());
        show("interfaces", () -> NetworkInterface.getNetworkInterfaces().hasMoreElements());
        show("resolve", () -> InetAddress.getByName("localhost").isLoopbackAddress());
        show("class", () -> Class.forName("Limits$Late").getName());
        show("class missing", () -> Class.forName("Limits$Never"));
        show("boot class", () -> Class.forName("java.util.concurrent.Phaser").getName());
        show("class of the loader", () -> { try (var l = new URLClassLoader(new URL[] {jar.toUri().toURL()})) { return l.loadClass("a.B"); } });
        show("resource", () -> Limits.class.getResourceAsStream("Limits.class") != null);
        show("random", () -> new java.security.SecureRandom().nextInt() == 0 ? 1 : 1);
        show("thread", () -> { Thread t = new Thread(() -> { }); t.start(); t.join(); return 0; });
        show("proc", () -> ProcessHandle.current().info().command().isPresent());
        show("zone", () -> TimeZone.getTimeZone("Asia/Tokyo").getRawOffset());
    }
    static class Late { }
    public static void main(String[] args) throws Exception {
        Path jar = Path.of(args[0]);
        // So that what they load once is loaded.
        PrintStream out = System.out;
        System.setOut(new PrintStream(OutputStream.nullOutputStream()));
        everything(jar);
        System.setOut(out);
        List<Closeable> open = new ArrayList<>();
        try {
            for (int i = 0; i < Integer.parseInt(args[1]); i++) open.add(i % 3 == 0 ? new FileInputStream("/dev/null") : i % 3 == 1 ? new RandomAccessFile("/dev/zero", "r") : FileChannel.open(Path.of("/dev/null")));
        } catch (IOException e) {
            // The last ones, which loading a class may have needed for a moment.
            while (attempt(() -> open.add(new FileInputStream("/dev/null"))).startsWith("->")) { }
        }
        System.out.println(open.size() / 100 + " hundred open");
        if (args.length < 3) return;
        everything(jar);
        for (Closeable c : open) c.close();
        System.out.println("closed");
        everything(jar);
        System.gc(); Thread.sleep(200);
        System.out.println("open " + new File("/proc/self/fd").list().length / 100);
    }
}
