// What an unprivileged user, or anybody on a file system for reading only (args[0]), may not do.
import java.io.*;
import java.net.*;
import java.nio.ByteBuffer;
import java.nio.channels.*;
import java.nio.file.*;
import java.nio.file.attribute.*;
import java.util.*;
import java.util.concurrent.Callable;
import java.util.jar.*;
import java.util.zip.*;

public class Forbidden {
    static String root;
    static void show(String what, Callable<?> action) {
        String result;
        try {
            result = "-> " + action.call();
        } catch (Throwable e) {
            StringBuilder text = new StringBuilder(e.toString());
            for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) text.append(" <- ").append(cause);
            if (e instanceof FileSystemException f) text.append(" [").append(f.getFile()).append('|').append(f.getOtherFile()).append('|').append(f.getReason()).append(']');
            result = text.toString();
        }
        System.out.println((what + ": " + result).replace(root, "ROOT").replaceAll("[0-9]{9,}", "RANDOM"));
    }
    static void every(File f) {
        Path p = f.toPath();
        String s = f.getPath();
        System.out.println("== " + f.getName());
        show("FileInputStream", () -> { try (var in = new FileInputStream(s)) { return in.read(); } });
        show("FileOutputStream", () -> { try (var out = new FileOutputStream(s)) { return 0; } });
        show("FileOutputStream new", () -> { try (var out = new FileOutputStream(s + "/new")) { return 0; } });
        show("RandomAccessFile r", () -> { try (var in = new RandomAccessFile(s, "r")) { return in.length(); } });
        show("RandomAccessFile rw", () -> { try (var in = new RandomAccessFile(s, "rw")) { return in.length(); } });
        show("FileChannel", () -> { try (var c = FileChannel.open(p)) { return c.read(ByteBuffer.allocate(4)); } });
        show("FileChannel write", () -> { try (var c = FileChannel.open(p, StandardOpenOption.WRITE)) { return c.size(); } });
        show("readString", () -> Files.readString(p));
        show("writeString", () -> Files.writeString(p, "x"));
        show("writeString new", () -> Files.writeString(p.resolve("new"), "x"));
        show("append", () -> Files.writeString(p, "x", StandardOpenOption.APPEND));
        show("list", () -> { try (var l = Files.list(p)) { return l.count(); } });
        show("walk", () -> { try (var l = Files.walk(p)) { return l.count(); } });
        show("find", () -> { try (var l = Files.find(p, 5, (a, b) -> true)) { return l.count(); } });
        show("walkFileTree", () -> { var failed = new ArrayList<String>(); Files.walkFileTree(p, new SimpleFileVisitor<>() { public FileVisitResult visitFileFailed(Path q, IOException e) { failed.add(e.toString()); return FileVisitResult.CONTINUE; } }); Collections.sort(failed); return failed; });
        show("size", () -> Files.size(p) > 0);
        show("size inside", () -> Files.size(p.resolve("inside")));
        show("exists inside", () -> Files.exists(p.resolve("inside")) + " " + Files.notExists(p.resolve("inside")) + " " + new File(f, "inside").exists() + new File(f, "inside").isFile() + new File(f, "inside").length());
        show("copy", () -> Files.copy(p, Path.of("/dev/shm/copy" + ProcessHandle.current().pid())) != null);
        show("copied", () -> Files.deleteIfExists(Path.of("/dev/shm/copy" + ProcessHandle.current().pid())));
        show("copy to", () -> Files.copy(Path.of("/etc/passwd"), p.resolve("new")));
        show("move", () -> Files.move(p, p.resolveSibling("moved")));
        show("move replacing", () -> Files.move(p, p.resolveSibling("moved"), StandardCopyOption.REPLACE_EXISTING));
        show("delete", () -> { Files.delete(p); return 0; });
        show("delete inside", () -> { Files.delete(p.resolve("inside")); return 0; });
        show("deleteIfExists", () -> Files.deleteIfExists(p));
        show("createDirectory", () -> Files.createDirectory(p.resolve("sub")));
        show("createDirectories", () -> Files.createDirectories(p.resolve("sub/sub")));
        show("createFile", () -> Files.createFile(p.resolve("new")));
        show("createTempFile", () -> Files.createTempFile(p, "a", "b"));
        show("createTempDirectory", () -> Files.createTempDirectory(p, "a"));
        show("File.createTempFile", () -> File.createTempFile("aaa", "b", f));
        show("createLink", () -> Files.createLink(p.resolve("l"), Path.of("/etc/passwd")));
        show("createSymbolicLink", () -> Files.createSymbolicLink(p.resolve("l"), Path.of("/etc/passwd")));
        show("permissions", () -> Files.setPosixFilePermissions(p, Set.of()));
        show("owner", () -> Files.setOwner(p, p.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("daemon")));
        show("group", () -> { Files.getFileAttributeView(p, PosixFileAttributeView.class).setGroup(p.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName("daemon")); return 0; });
        show("no owner", () -> p.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("no such user"));
        show("times", () -> Files.setLastModifiedTime(p, FileTime.fromMillis(5)));
        show("attributes", () -> { Files.getFileAttributeView(p, UserDefinedFileAttributeView.class).write("a", ByteBuffer.allocate(3)); return 0; });
        show("attributes list", () -> Files.getFileAttributeView(p, UserDefinedFileAttributeView.class).list());
        show("real path", () -> p.resolve("inside").toRealPath());
        show("canonical", () -> new File(f, "inside/../x").getCanonicalPath());
        show("watch", () -> { try (var w = FileSystems.getDefault().newWatchService()) { p.register(w, StandardWatchEventKinds.ENTRY_CREATE); return 0; } });
        show("probes", () -> Files.isReadable(p) + " " + Files.isWritable(p) + " " + Files.isExecutable(p) + " " + Files.isDirectory(p) + " " + f.canRead() + f.canWrite() + f.canExecute() + f.exists() + " " + (f.list() == null));
        show("File changes", () -> new File(f, "v").mkdir() + " " + new File(f, "inside").delete() + " " + f.renameTo(new File(f + "x")) + " " + f.delete() + f.setReadOnly() + f.setWritable(true) + f.setReadable(true) + f.setExecutable(true) + f.setLastModified(1));
        show("createNewFile", () -> new File(f, "v").createNewFile());
        show("createNewFile self", () -> f.createNewFile());
        show("deleteOnExit", () -> { f.deleteOnExit(); return 0; });
        show("store", () -> Files.getFileStore(p).isReadOnly());
        show("ZipFile", () -> { try (var z = new ZipFile(f)) { return z.size(); } });
        show("JarFile", () -> { try (var z = new JarFile(f)) { return z.size(); } });
        show("zip file system", () -> { try (var z = FileSystems.newFileSystem(p)) { return z.isReadOnly(); } });
        show("class loader", () -> { try (var l = new URLClassLoader(new URL[] {f.toURI().toURL()})) { return l.findResource("inside") + " " + l.loadClass("x.Y"); } });
        show("execute", () -> new ProcessBuilder(s).start().waitFor());
        show("execute in", () -> new ProcessBuilder("true").directory(f).start().waitFor());
        show("output", () -> new ProcessBuilder("true").redirectOutput(new File(f, "o")).start().waitFor());
        show("unix socket", () -> { try (var c = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) { return c.bind(UnixDomainSocketAddress.of(p.resolve("s"))) != null; } });
        show("URL", () -> f.toURI().toURL().openStream().read());
    }
    public static void main(String[] args) throws Exception {
        root = args[0];
        File[] all = new File(root).listFiles();
        Arrays.sort(all);
        for (File f : all) every(f);
        if (args.length > 1) {
            System.out.println("== others");
            show("low port", () -> new ServerSocket(1));
            show("kill", () -> ProcessHandle.of(1).get().destroy());
            show("memory", () -> Files.readString(Path.of("/proc/1/environ")).length());
            show("mount", () -> new FileOutputStream("/proc/version"));
            show("device", () -> new RandomAccessFile("/dev/mem", "r"));
            show("temp", () -> new File(System.getProperty("java.io.tmpdir")).canWrite());
            show("home", () -> System.getProperty("user.name"));
            show("raw", () -> { InetAddress.getByName("192.0.2.1").isReachable(20); return 0; });
        }
    }
}
