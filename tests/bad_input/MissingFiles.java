// Files that are missing, directories, links in circles, names that can not be, full devices, closed streams, locks.

import java.io.*;
import java.net.*;
import java.nio.ByteBuffer;
import java.nio.channels.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.nio.file.attribute.*;
import java.util.*;
import java.util.concurrent.Callable;
import java.util.jar.JarFile;
import java.util.zip.*;

public class MissingFiles {
    static Path root;
    static String prefix;

    static void show(String what, Callable<?> action) {
        String result;
        try {
            result = "-> " + action.call();
        } catch (Throwable e) {
            result = describe(e);
        }
        String line = (what + ": " + result).replace(prefix, "ROOT");
        System.out.println(line.replaceAll("n{50,}", "nn").replaceAll("(/nn)+", "/nn").replaceAll("[0-9]{9,}", "RANDOM"));
    }

    static String describe(Throwable e) {
        StringBuilder text = new StringBuilder(e.toString());
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            text.append(" <- ").append(cause);
        }
        for (Throwable other : e.getSuppressed()) {
            text.append(" + ").append(other);
        }
        if (e instanceof FileSystemException f) {
            text.append(" [").append(f.getFile()).append('|').append(f.getOtherFile()).append('|').append(f.getReason()).append(']');
        }
        return text.toString();
    }

    static void every(String kind, Path p) {
        System.out.println("== " + kind);
        File f = p.toFile();
        String s = f.toString();
        Path good = root.resolve("good");
        show("FileInputStream", () -> { try (var in = new FileInputStream(s)) { return in.read(); } });
        show("FileInputStream.skip", () -> { try (var in = new FileInputStream(s)) { return in.skip(10); } });
        show("FileInputStream.available", () -> { try (var in = new FileInputStream(s)) { return in.available(); } });
        show("FileInputStream.readAllBytes", () -> { try (var in = new FileInputStream(s)) { return in.readAllBytes().length; } });
        show("FileOutputStream", () -> { try (var out = new FileOutputStream(new File(f, "x"))) { out.write(1); return "wrote"; } });
        show("FileReader", () -> { try (var in = new FileReader(f)) { return in.read(); } });
        show("FileWriter", () -> { try (var out = new FileWriter(new File(f, "y"))) { out.write("z"); return "wrote"; } });
        show("PrintWriter", () -> { try (var out = new PrintWriter(new File(f, "y"))) { out.print("z"); return out.checkError(); } });
        show("RandomAccessFile r", () -> { try (var in = new RandomAccessFile(s, "r")) { return in.length(); } });
        show("RandomAccessFile r read", () -> { try (var in = new RandomAccessFile(s, "r")) { return in.read(); } });
        show("RandomAccessFile rw", () -> { try (var in = new RandomAccessFile(new File(f, "z"), "rw")) { return in.length(); } });
        show("RandomAccessFile x", () -> { try (var in = new RandomAccessFile(s, "x")) { return in.length(); } });
        show("Scanner", () -> { try (var in = new Scanner(f)) { return in.hasNext(); } });
        show("FileChannel.open", () -> { try (var c = FileChannel.open(p)) { return c.size() >= 0; } });
        show("FileChannel.open read", () -> { try (var c = FileChannel.open(p)) { return c.read(ByteBuffer.allocate(4)); } });
        show("FileChannel.open map", () -> { try (var c = FileChannel.open(p)) { return c.map(FileChannel.MapMode.READ_ONLY, 0, 10).capacity(); } });
        show("FileChannel.open write", () -> { try (var c = FileChannel.open(p, StandardOpenOption.WRITE)) { return c.size(); } });
        show("FileChannel.open new", () -> { try (var c = FileChannel.open(p.resolve("n"), StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) { return c.size(); } });
        show("AsynchronousFileChannel", () -> { try (var c = AsynchronousFileChannel.open(p)) { return c.read(ByteBuffer.allocate(4), 0).get(); } });
        show("newByteChannel", () -> { try (var c = Files.newByteChannel(p)) { return c.position(); } });
        show("newInputStream", () -> { try (var c = Files.newInputStream(p)) { return c.read(); } });
        show("newOutputStream", () -> { try (var c = Files.newOutputStream(p.resolve("o"))) { c.write(1); return "wrote"; } });
        show("newBufferedReader", () -> { try (var c = Files.newBufferedReader(p)) { return c.readLine(); } });
        show("newBufferedWriter", () -> { try (var c = Files.newBufferedWriter(p.resolve("o"))) { c.write("1"); return "wrote"; } });
        show("readAllBytes", () -> Files.readAllBytes(p).length);
        show("readString", () -> Files.readString(p));
        show("readAllLines", () -> Files.readAllLines(p));
        show("lines", () -> { try (var l = Files.lines(p)) { return l.count(); } });
        show("writeString", () -> Files.writeString(p.resolve("w"), "text"));
        show("list", () -> { try (var l = Files.list(p)) { return l.count(); } });
        show("walk", () -> { try (var l = Files.walk(p)) { return l.count(); } });
        show("walk follow", () -> { try (var l = Files.walk(p, FileVisitOption.FOLLOW_LINKS)) { return l.count(); } });
        show("find", () -> { try (var l = Files.find(p, 3, (q, a) -> true)) { return l.count(); } });
        show("newDirectoryStream", () -> { try (var l = Files.newDirectoryStream(p)) { return l.iterator().hasNext(); } });
        show("newDirectoryStream glob", () -> { try (var l = Files.newDirectoryStream(p, "[")) { return l.iterator().hasNext(); } });
        show("walkFileTree", () -> Files.walkFileTree(p, new SimpleFileVisitor<>() { }).equals(p));
        show("copy from", () -> Files.copy(p, root.resolve("copied")));
        show("copy to", () -> Files.copy(good, p.resolve("c")));
        show("copy to itself", () -> Files.copy(good, p));
        show("copy replacing", () -> Files.copy(good, p, StandardCopyOption.REPLACE_EXISTING));
        show("copy stream", () -> Files.copy(p, OutputStream.nullOutputStream()));
        show("copy of stream", () -> Files.copy(InputStream.nullInputStream(), p));
        show("move from", () -> Files.move(p.resolve("m"), root.resolve("moved")));
        show("move to", () -> Files.move(good, p.resolve("m").resolve("n")));
        show("move atomic", () -> Files.move(p.resolve("m"), root.resolve("moved"), StandardCopyOption.ATOMIC_MOVE));
        show("delete", () -> { Files.delete(p.resolve("d")); return "deleted"; });
        show("deleteIfExists", () -> Files.deleteIfExists(p.resolve("d")));
        show("createFile", () -> Files.createFile(p));
        show("createDirectory", () -> Files.createDirectory(p.resolve("a").resolve("b")));
        show("createDirectory self", () -> Files.createDirectory(good));
        show("createDirectories", () -> Files.createDirectories(good.resolve("b")));
        show("createTempFile", () -> Files.createTempFile(p.resolve("a"), "a", "b").getParent());
        show("File.createTempFile", () -> File.createTempFile("aaa", "b", new File(f, "q")).getParent());
        show("createLink", () -> Files.createLink(p.resolve("l"), good));
        show("createLink of", () -> Files.createLink(root.resolve("l"), p.resolve("l")));
        show("createSymbolicLink", () -> Files.createSymbolicLink(p.resolve("k").resolve("s"), good));
        show("readSymbolicLink", () -> Files.readSymbolicLink(p));
        show("readSymbolicLink good", () -> Files.readSymbolicLink(good));
        show("size", () -> Files.size(p) >= 0);
        show("getLastModifiedTime", () -> Files.getLastModifiedTime(p) != null);
        show("setLastModifiedTime", () -> Files.setLastModifiedTime(p, FileTime.fromMillis(0)) != null);
        show("getOwner", () -> Files.getOwner(p) != null);
        show("setOwner", () -> Files.setOwner(p.resolve("o"), Files.getOwner(root)));
        show("permissions", () -> new TreeSet<>(Files.getPosixFilePermissions(p)));
        show("set permissions", () -> Files.setPosixFilePermissions(p.resolve("p"), Set.of()));
        show("attribute", () -> Files.getAttribute(p, "unix:mode") != null);
        show("attributes", () -> Files.readAttributes(p, "unix:*").size());
        show("no attribute", () -> Files.getAttribute(p, "unix:nothing"));
        show("no view", () -> Files.getAttribute(p, "nothing:mode"));
        show("user view", () -> Files.getFileAttributeView(p, UserDefinedFileAttributeView.class).list());
        show("user view get", () -> Files.getFileAttributeView(p, UserDefinedFileAttributeView.class).size("nothing"));
        show("isSameFile", () -> Files.isSameFile(p, good));
        show("isHidden", () -> Files.isHidden(p));
        show("probes", () -> Files.exists(p) + " " + Files.notExists(p) + " " + Files.isReadable(p) + " " + Files.isWritable(p) + " " + Files.isExecutable(p)
            + " " + Files.isDirectory(p) + " " + Files.isRegularFile(p) + " " + Files.isSymbolicLink(p));
        show("mismatch", () -> Files.mismatch(p, good));
        show("getFileStore", () -> Files.getFileStore(p) != null);
        show("toRealPath", () -> p.toRealPath());
        show("toRealPath nofollow", () -> p.toRealPath(LinkOption.NOFOLLOW_LINKS));
        show("probeContentType", () -> Files.probeContentType(p));
        show("canonical", () -> f.getCanonicalPath());
        show("File", () -> f.exists() + " " + f.isFile() + " " + f.isDirectory() + " " + f.canRead() + " " + f.canExecute() + " " + (f.length() > 0)
            + " " + (f.lastModified() > 0) + " " + (f.list() == null ? null : "names") + " " + (f.getFreeSpace() > 0));
        show("File changes", () -> new File(f, "v").delete() + " " + new File(f, "v").mkdir() + " " + new File(f, "v").delete() + " " + new File(f, "v/w").mkdirs() + " " + f.renameTo(new File(f, "v"))
            + " " + new File(f, "nn").setReadOnly() + " " + new File(f, "nn").setLastModified(1) + " " + new File(f, "nn").setExecutable(true));
        show("createNewFile", () -> new File(f, "v/q").createNewFile() + " " + new File(f, "v/w/q").createNewFile());
        show("createNewFile lost", () -> new File(f, "no/q").createNewFile());
        show("ZipFile", () -> { try (var z = new ZipFile(f)) { return z.size(); } });
        show("ZipFile delete", () -> { try (var z = new ZipFile(new File(f, "zz"), ZipFile.OPEN_READ | ZipFile.OPEN_DELETE)) { return z.size(); } });
        show("JarFile", () -> { try (var z = new JarFile(f)) { return z.getManifest(); } });
        show("zip file system", () -> { try (var z = FileSystems.newFileSystem(p)) { return z.getRootDirectories(); } });
        show("jar URL", () -> new URL("jar:file:" + p + "!/a.txt").openStream().read());
        show("file URL", () -> { try (var in = p.toUri().toURL().openStream()) { return in.read(); } });
        show("URLClassLoader", () -> { try (var l = new URLClassLoader(new URL[] {p.toUri().toURL()})) { return l.findResource("a.txt") + " " + l.loadClass("no.such.Type"); } });
        show("watch", () -> { try (var w = FileSystems.getDefault().newWatchService()) { return p.register(w, StandardWatchEventKinds.ENTRY_CREATE) != null; } });
        show("ProcessBuilder directory", () -> new ProcessBuilder("true").directory(f).start().waitFor());
        show("ProcessBuilder command", () -> new ProcessBuilder(s).start().waitFor());
        show("ProcessBuilder input", () -> new ProcessBuilder("true").redirectInput(f).start().waitFor());
        show("Runtime.exec", () -> Runtime.getRuntime().exec(new String[] {s, "a"}).waitFor());
    }

    static void clean() throws IOException {
        try (var all = Files.walk(root)) {
            for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(p);
            }
        }
    }

    static void scene() throws IOException {
        Files.createDirectory(root);
        Files.writeString(root.resolve("good"), "good");
        Files.createDirectory(root.resolve("directory"));
        Files.writeString(root.resolve("directory/inside"), "inside");
        Files.createSymbolicLink(root.resolve("loop"), root.resolve("pool"));
        Files.createSymbolicLink(root.resolve("pool"), root.resolve("loop"));
        Files.createSymbolicLink(root.resolve("dangling"), root.resolve("nowhere"));
        Files.createSymbolicLink(root.resolve("directory/up"), root);
        Files.createFile(root.resolve("empty"));
    }

    static void within(String kind, String name) throws IOException {
        scene();
        every(kind, root.resolve(name));
        clean();
    }

    static int descriptors() {
        return new File("/proc/self/fd").list().length;
    }

    public static void main(String[] args) throws Exception {
        root = Files.createTempDirectory("bad files");
        prefix = root.toString();
        root = root.resolve("scene");
        within("warm", "missing/deeper");
        System.gc();
        int before = descriptors();
        within("missing", "missing");
        within("missing deeper", "missing/deeper");
        within("a file", "good");
        within("below a file", "good/deeper");
        within("a directory", "directory");
        within("a link in circles", "loop");
        within("a dangling link", "dangling");
        within("empty", "empty");
        within("long name", "n".repeat(300));
        within("long path", ("n".repeat(200) + "/").repeat(30));
        within("empty name", "");
        within("odd name", "a\u00e9\u4e2d\ud83d\ude00 \n%41b");
        System.gc();
        for (int i = 0; i < 100 && descriptors() > before; i++) Thread.sleep(20);
        System.out.println("leaked " + (descriptors() - before));
        names();
        device(new File("/dev/full"));
        streams();
        locks();
        Files.delete(root.getParent());
    }

    static void names() throws Exception {
        System.out.println("== names");
        scene();
        String nul = root + "/a\0b";
        show("Path of NUL", () -> Path.of(nul));
        show("FileInputStream NUL", () -> new FileInputStream(nul));
        show("FileOutputStream NUL", () -> new FileOutputStream(nul));
        show("RandomAccessFile NUL", () -> new RandomAccessFile(nul, "rw"));
        show("File NUL", () -> new File(nul).exists() + " " + new File(nul).createNewFile());
        show("File NUL canonical", () -> new File(nul).getCanonicalPath());
        show("File NUL path", () -> new File(nul).toPath());
        show("File NUL probes", () -> { File f = new File(nul); return f.length() + " " + f.delete() + " " + f.mkdir() + " " + f.renameTo(new File("b")) + " " + f.list() + " " + f.setReadOnly() + f.canRead() + f.getFreeSpace(); });
        show("File.createTempFile NUL", () -> File.createTempFile("aaa", "\0b"));
        show("ZipFile NUL", () -> new ZipFile(nul));
        show("File empty", () -> new File("").exists() + " " + new File("").length() + " " + new File("").getPath());
        show("FileInputStream empty", () -> new FileInputStream(""));
        show("FileInputStream null", () -> new FileInputStream((String) null));
        show("FileOutputStream null", () -> new FileOutputStream((String) null));
        show("RandomAccessFile null", () -> new RandomAccessFile((String) null, "r"));
        show("File null", () -> new File((String) null));
        show("ProcessBuilder NUL", () -> new ProcessBuilder("a\0b").start());
        show("ProcessBuilder NUL argument", () -> new ProcessBuilder("true", "a\0b").start());
        show("ProcessBuilder NUL directory", () -> new ProcessBuilder("true").directory(new File("a\0b")).start());
        show("Environment NUL", () -> new ProcessBuilder("true").environment().put("a\0", "b"));
        show("Environment =", () -> new ProcessBuilder("true").environment().put("a=", "b"));
        show("lone surrogate path", () -> Path.of("a\ud800b"));
        show("lone surrogate file", () -> new File(root + "/a\ud800b").createNewFile() + " " + new File(root.toString()).list().length);
        Process p = new ProcessBuilder("sh", "-c", "printf x > \"$(printf 'bad\\377name')\"; mkdir \"$(printf 'dir\\200')\"").directory(root.toFile()).start();
        show("non UTF-8 made", p::waitFor);
        show("list of it", () -> { String[] names = root.toFile().list(); Arrays.sort(names); return Arrays.toString(names); });
        show("files of it", () -> { StringBuilder b = new StringBuilder(); File[] fs = root.toFile().listFiles(); Arrays.sort(fs); for (File f : fs) if (!f.getName().matches("[a-z]+")) b.append(f.getName()).append(f.exists()).append(f.length() > 0).append(' '); return b; });
        show("paths of it", () -> { try (var l = Files.list(root)) { return l.filter(q -> !q.getFileName().toString().matches("[a-z]+")).map(q -> q.getFileName() + " " + Files.exists(q) + " " + q.toFile().exists()).sorted().toList(); } });
        show("read of it", () -> { try (var l = Files.list(root)) { var q = l.filter(r -> r.getFileName().toString().startsWith("bad")).findFirst().get(); return Files.readString(q) + q.toUri().toString().replaceAll(".*scene", ""); } });
        clean();
    }

    static void device(File full) {
        System.out.println("== full device");
        byte[] much = new byte[100_000];
        Path p = full.toPath();
        show("FileOutputStream", () -> { try (var out = new FileOutputStream(full)) { out.write(1); return "wrote"; } });
        show("FileOutputStream much", () -> { try (var out = new FileOutputStream(full)) { out.write(much); return "wrote"; } });
        show("BufferedOutputStream", () -> { try (var out = new BufferedOutputStream(new FileOutputStream(full))) { out.write(1); return "wrote"; } });
        show("PrintStream", () -> { try (var out = new PrintStream(new FileOutputStream(full))) { out.println(1); return out.checkError(); } });
        show("FileWriter", () -> { try (var out = new FileWriter(full)) { out.write("x"); return "wrote"; } });
        show("BufferedWriter", () -> { try (var out = new BufferedWriter(new FileWriter(full))) { out.write("x"); return "wrote"; } });
        show("RandomAccessFile", () -> { try (var out = new RandomAccessFile(full, "rw")) { out.writeInt(1); return "wrote"; } });
        show("RandomAccessFile utf", () -> { try (var out = new RandomAccessFile(full, "rw")) { out.writeUTF("x"); return "wrote"; } });
        show("FileChannel", () -> { try (var out = FileChannel.open(p, StandardOpenOption.WRITE)) { return out.write(ByteBuffer.wrap(much)); } });
        show("FileChannel direct", () -> { try (var out = FileChannel.open(p, StandardOpenOption.WRITE)) { return out.write(ByteBuffer.allocateDirect(10)); } });
        show("FileChannel gather", () -> { try (var out = FileChannel.open(p, StandardOpenOption.WRITE)) { return out.write(new ByteBuffer[] {ByteBuffer.wrap(much), ByteBuffer.wrap(much)}); } });
        show("FileChannel position", () -> { try (var out = FileChannel.open(p, StandardOpenOption.WRITE)) { return out.write(ByteBuffer.wrap(much), 7); } });
        show("AsynchronousFileChannel", () -> { try (var out = AsynchronousFileChannel.open(p, StandardOpenOption.WRITE)) { return out.write(ByteBuffer.wrap(much), 0).get(); } });
        show("Files.write", () -> Files.write(p, much));
        show("Files.writeString", () -> Files.writeString(p, "x"));
        show("Files.newOutputStream", () -> { try (var out = Files.newOutputStream(p)) { out.write(1); return "wrote"; } });
        show("ZipOutputStream", () -> { try (var out = new ZipOutputStream(new FileOutputStream(full))) { out.putNextEntry(new ZipEntry("a")); out.write(much); return "wrote"; } });
        show("GZIPOutputStream", () -> { try (var out = new GZIPOutputStream(new FileOutputStream(full))) { return "wrote"; } });
        show("ObjectOutputStream", () -> { try (var out = new ObjectOutputStream(new FileOutputStream(full))) { out.writeObject("x"); return "wrote"; } });
        show("DataOutputStream", () -> { try (var out = new DataOutputStream(new FileOutputStream(full))) { out.writeLong(1); return "wrote"; } });
        show("Properties", () -> { try (var out = new FileOutputStream(full)) { new Properties().store(out, "x"); return "wrote"; } });
        show("PrintWriter", () -> { try (var out = new PrintWriter(full)) { out.print("x"); return out.checkError(); } });
        show("Formatter", () -> { try (var out = new Formatter(full)) { out.format("x"); out.flush(); return out.ioException(); } });
        show("transferTo", () -> { try (var in = new ByteArrayInputStream(much); var out = new FileOutputStream(full)) { return in.transferTo(out); } });
        show("sync", () -> { try (var out = new FileOutputStream("/dev/null")) { out.getFD().sync(); return "synced"; } });
        show("redirect", () -> { var q = new ProcessBuilder("sh", "-c", "echo x 2>/dev/null").redirectOutput(full).start(); return q.waitFor() != 0; });
    }

    static void streams() throws Exception {
        System.out.println("== closed");
        scene();
        File f = root.resolve("good").toFile();
        Path p = f.toPath();
        FileInputStream in = new FileInputStream(f);
        FileChannel view = in.getChannel();
        in.close();
        in.close();
        show("in.read", in::read);
        show("in.read array", () -> in.read(new byte[4]));
        show("in.read none", () -> in.read(new byte[0]));
        show("in.read bounds", () -> in.read(new byte[4], 3, 2));
        show("in.read null", () -> in.read(null));
        show("in.skip", () -> in.skip(1));
        show("in.available", in::available);
        show("in.readAllBytes", () -> in.readAllBytes());
        show("in.readNBytes", () -> in.readNBytes(3));
        show("in.getFD", () -> in.getFD().valid());
        show("in.sync", () -> { in.getFD().sync(); return 0; });
        show("in.channel", () -> in.getChannel().size());
        show("in.channel read", () -> view.read(ByteBuffer.allocate(3)));
        FileOutputStream out = new FileOutputStream(f);
        out.close();
        show("out.write", () -> { out.write(1); return 0; });
        show("out.write array", () -> { out.write(new byte[4]); return 0; });
        show("out.write none", () -> { out.write(new byte[0]); return 0; });
        show("out.write bounds", () -> { out.write(new byte[4], -1, 2); return 0; });
        show("out.flush", () -> { out.flush(); return 0; });
        show("out.channel", () -> out.getChannel().position());
        RandomAccessFile file = new RandomAccessFile(f, "rw");
        FileChannel channel = file.getChannel();
        show("seek negative", () -> { file.seek(-1); return 0; });
        show("length negative", () -> { file.setLength(-1); return 0; });
        show("channel position negative", () -> channel.position(-1));
        show("channel truncate negative", () -> channel.truncate(-1));
        show("channel read negative", () -> channel.read(ByteBuffer.allocate(1), -1));
        show("channel map negative", () -> channel.map(FileChannel.MapMode.READ_ONLY, -1, 4));
        show("channel map long", () -> channel.map(FileChannel.MapMode.READ_ONLY, 0, 1L << 32));
        show("channel map overflow", () -> channel.map(FileChannel.MapMode.READ_ONLY, Long.MAX_VALUE - 2, 100));
        show("channel map far", () -> channel.map(FileChannel.MapMode.READ_WRITE, Long.MAX_VALUE - 4096, 100));
        show("length far", () -> { file.setLength(Long.MAX_VALUE); return file.length(); });
        show("write far", () -> channel.write(ByteBuffer.allocate(1), Long.MAX_VALUE));
        show("seek far", () -> { file.seek(Long.MAX_VALUE); file.write(1); return file.length(); });
        show("readFully short", () -> { file.seek(0); file.setLength(3); file.readFully(new byte[10]); return 0; });
        show("readInt short", () -> { file.seek(0); return file.readInt(); });
        show("readUTF short", () -> { file.seek(0); return file.readUTF(); });
        file.close();
        show("file.read", file::read);
        show("file.write", () -> { file.write(1); return 0; });
        show("file.seek", () -> { file.seek(1); return 0; });
        show("file.length", file::length);
        show("file.setLength", () -> { file.setLength(1); return 0; });
        show("file.getFilePointer", file::getFilePointer);
        show("file.readLine", file::readLine);
        show("channel.size", channel::size);
        show("channel.force", () -> { channel.force(true); return 0; });
        show("channel.lock", channel::lock);
        show("channel.map", () -> channel.map(FileChannel.MapMode.READ_ONLY, 0, 1));
        show("channel.transferTo", () -> channel.transferTo(0, 1, channel));
        show("channel.truncate", () -> channel.truncate(0));
        FileChannel reading = FileChannel.open(p);
        FileChannel writing = FileChannel.open(p, StandardOpenOption.WRITE);
        show("write to reading", () -> reading.write(ByteBuffer.allocate(1)));
        show("read from writing", () -> writing.read(ByteBuffer.allocate(1)));
        show("truncate reading", () -> reading.truncate(0));
        show("map rw reading", () -> reading.map(FileChannel.MapMode.READ_WRITE, 0, 1));
        show("map writing", () -> writing.map(FileChannel.MapMode.READ_WRITE, 0, 1));
        show("map beyond", () -> reading.map(FileChannel.MapMode.READ_ONLY, 0, 1000));
        show("transfer to reading", () -> reading.transferTo(0, 1, reading));
        show("transfer from writing", () -> writing.transferFrom(writing, 0, 1));
        show("read only buffer", () -> reading.read(ByteBuffer.allocate(1).asReadOnlyBuffer()));
        show("write to FileInputStream's", () -> { try (var i = new FileInputStream(f)) { return i.getChannel().write(ByteBuffer.allocate(1)); } });
        show("options", () -> FileChannel.open(p, StandardOpenOption.READ, StandardOpenOption.APPEND));
        show("options 2", () -> FileChannel.open(p, StandardOpenOption.APPEND, StandardOpenOption.TRUNCATE_EXISTING));
        show("create new", () -> FileChannel.open(p, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW));
        show("nofollow", () -> FileChannel.open(root.resolve("dangling"), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
        show("nofollow loop", () -> Files.newInputStream(root.resolve("loop"), LinkOption.NOFOLLOW_LINKS));
        reading.close();
        writing.close();
        DirectoryStream<Path> names = Files.newDirectoryStream(root);
        Iterator<Path> iterator = names.iterator();
        show("second iterator", names::iterator);
        names.close();
        show("closed iterator", iterator::next);
        show("closed iterator 2", names::iterator);
        show("secure stream", () -> {
            try (var dir = (SecureDirectoryStream<Path>) Files.newDirectoryStream(root)) {
                show(" missing", () -> dir.newByteChannel(Path.of("missing"), Set.of()));
                show(" delete dir as file", () -> { dir.deleteFile(Path.of("directory")); return 0; });
                show(" delete file as dir", () -> { dir.deleteDirectory(Path.of("good")); return 0; });
                show(" delete full dir", () -> { dir.deleteDirectory(Path.of("directory")); return 0; });
                show(" move missing", () -> { dir.move(Path.of("missing"), dir, Path.of("other")); return 0; });
                show(" open file as dir", () -> dir.newDirectoryStream(Path.of("good")));
                show(" attributes", () -> dir.getFileAttributeView(Path.of("missing"), BasicFileAttributeView.class).readAttributes());
                return "done";
            }
        });
        WatchService watch = FileSystems.getDefault().newWatchService();
        show("watch a file", () -> p.register(watch, StandardWatchEventKinds.ENTRY_CREATE));
        show("watch nothing", () -> root.register(watch));
        show("watch overflow", () -> root.register(watch, StandardWatchEventKinds.OVERFLOW));
        Path gone = Files.createDirectory(root.resolve("gone"));
        WatchKey key = gone.register(watch, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_DELETE);
        Files.createFile(gone.resolve("f"));
        Files.delete(gone.resolve("f"));
        Files.delete(gone);
        for (boolean valid = true; valid; ) {
            WatchKey taken = watch.poll(10, java.util.concurrent.TimeUnit.SECONDS);
            if (taken == null) { System.out.println("no key"); break; }
            for (var event : taken.pollEvents()) System.out.println(event.kind() + " " + event.context() + " " + event.count());
            valid = taken.reset();
            System.out.println("valid " + valid + " " + key.isValid());
        }
        Thread closer = new Thread(() -> { try { Thread.sleep(100); watch.close(); } catch (Exception e) { e.printStackTrace(); } });
        closer.start();
        show("watch closed while waiting", watch::take);
        closer.join();
        show("watch closed", watch::poll);
        show("watch closed register", () -> root.register(watch, StandardWatchEventKinds.ENTRY_CREATE));
        clean();
    }

    static void locks() throws Exception {
        System.out.println("== locks");
        scene();
        Path p = root.resolve("good");
        try (FileChannel a = FileChannel.open(p, StandardOpenOption.READ, StandardOpenOption.WRITE);
                FileChannel b = FileChannel.open(p, StandardOpenOption.READ, StandardOpenOption.WRITE);
                FileChannel r = FileChannel.open(p); FileChannel w = FileChannel.open(p, StandardOpenOption.WRITE)) {
            FileLock lock = a.lock(0, 10, false);
            show("lock", () -> lock.isValid() + " " + lock.isShared() + " " + lock.position() + " " + lock.size());
            show("overlap", () -> b.lock(5, 10, false));
            show("overlap try", () -> b.tryLock(5, 10, true));
            show("overlap same", () -> a.tryLock());
            show("apart", () -> b.tryLock(20, 10, false).isValid());
            show("exclusive reading", () -> r.lock(30, 1, false));
            show("shared writing", () -> w.lock(30, 1, true));
            show("shared reading", () -> r.lock(30, 1, true).isShared());
            show("negative", () -> a.lock(-1, 1, false));
            show("negative size", () -> a.lock(1, -1, false));
            show("overflow", () -> a.lock(Long.MAX_VALUE, 1, false));
            show("async", () -> { try (var c = AsynchronousFileChannel.open(p, StandardOpenOption.WRITE)) { return c.lock(0, 5, false).get(); } });
            show("async try", () -> { try (var c = AsynchronousFileChannel.open(p, StandardOpenOption.WRITE)) { return c.tryLock(100, 5, false).isValid(); } });
            lock.release();
            lock.release();
            show("released", () -> lock.isValid() + " " + b.tryLock(0, 5, false).isValid());
            FileLock last = a.lock(200, 1, false);
            a.close();
            show("closed", () -> last.isValid());
            show("release after close", () -> { last.release(); return 0; });
        }
        clean();
    }
}
