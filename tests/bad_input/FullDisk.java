// Writes to a file system with little room (args[0]) until it is full, in many ways.
import java.io.*;
import java.nio.*;
import java.nio.channels.*;
import java.nio.file.*;
import java.util.*;
import java.util.concurrent.Callable;
import java.util.zip.*;

public class FullDisk {
    static Path root;
    static void show(String what, Callable<?> action) throws Exception {
        String result;
        try {
            result = "-> " + action.call();
        } catch (Throwable e) {
            StringBuilder text = new StringBuilder(e.toString());
            for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) text.append(" <- ").append(cause);
            for (Throwable other : e.getSuppressed()) text.append(" + ").append(other);
            result = text.toString();
        }
        System.out.println((what + ": " + result).replace(root.toString(), "ROOT"));
        clean();
    }
    /** Removes all files, also those that are open still: streams that could not be closed, up to a collection. */
    static void clean() throws Exception {
        try (var all = Files.walk(root)) {
            for (Path p : all.filter(q -> !q.equals(root)).sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(p);
            }
        }
        for (int i = 0; i < 100 && holdsFiles(); i++) {
            System.gc();
            Thread.sleep(10);
        }
    }
    static boolean holdsFiles() throws IOException {
        for (File f : new File("/proc/self/fd").listFiles()) {
            try {
                if (Files.readSymbolicLink(f.toPath()).startsWith(root)) return true;
            } catch (NoSuchFileException e) {
                // Of the listing itself.
            }
        }
        return false;
    }
    static final byte[] MUCH = new byte[300_000];
    static final int TIMES = 40;
    static Object fill(Path p) throws IOException {
        try (var out = new FileOutputStream(p.toFile())) { for (;;) out.write(MUCH); } catch (IOException e) { }
        try (var out = new FileOutputStream(p.toFile(), true)) { for (;;) out.write(1); } catch (IOException e) { return e.getMessage(); }
    }
    static void copies(Path p) throws Exception {
        Path source = Files.createTempFile("source", null);
        Files.write(source, new byte[20_000_000]);
        show("Files.copy", () -> { try { return Files.copy(source, p); } catch (FileSystemException e) { return e.getReason() + e.getFile().equals(source.toString()) + e.getOtherFile(); } });
        show("Files.copy gone", () -> { try { Files.copy(source, p); } catch (IOException e) { } return Files.exists(p); });
        show("Files.move", () -> { try { return Files.move(source, p); } catch (FileSystemException e) { return e.getReason(); } });
        Files.write(source, new byte[20_000_000]);
        show("transferTo", () -> { try (var in = FileChannel.open(source); var out = FileChannel.open(p, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) { long n = 0; while (n < in.size()) { long m = in.transferTo(n, in.size() - n, out); if (m == 0) return "stuck"; n += m; } return n; } });
        show("InputStream.transferTo", () -> { try (var in = new FileInputStream(source.toFile()); var out = new FileOutputStream(p.toFile())) { return in.transferTo(out); } });
        Files.delete(source);
    }

    public static void main(String[] args) throws Exception {
        root = Path.of(args[0]);
        boolean limited = args.length > 1;
        new Random(1).nextBytes(MUCH);
        Path p = root.resolve("file");
        show("FileOutputStream", () -> { try (var out = new FileOutputStream(p.toFile())) { for (int i = 0; i < TIMES; i++) out.write(MUCH); return 0; } });
        show("size left", () -> { try (var out = new FileOutputStream(p.toFile())) { for (int i = 0; i < TIMES; i++) out.write(MUCH); return 0; } catch (IOException e) { return p.toFile().length() > 300_000; } });
        show("BufferedOutputStream", () -> { try (var out = new BufferedOutputStream(new FileOutputStream(p.toFile()))) { for (int i = 0; i < 10_000_000; i++) out.write(i); return 0; } });
        show("RandomAccessFile", () -> { try (var out = new RandomAccessFile(p.toFile(), "rw")) { for (int i = 0; i < TIMES; i++) out.write(MUCH); return 0; } });
        show("RandomAccessFile.setLength", () -> { try (var out = new RandomAccessFile(p.toFile(), "rw")) { out.setLength(100_000_000_000L); return out.length(); } });
        show("RandomAccessFile far", () -> { try (var out = new RandomAccessFile(p.toFile(), "rw")) { out.seek(50_000_000_000L); out.write(1); return out.length(); } });
        show("FileChannel", () -> { try (var out = FileChannel.open(p, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) { var b = ByteBuffer.wrap(MUCH); for (int i = 0; i < TIMES; i++) { b.clear(); while (b.hasRemaining()) out.write(b); } return 0; } });
        show("FileChannel gathering", () -> { try (var out = FileChannel.open(p, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) { for (int i = 0; i < TIMES; i++) { var b = new ByteBuffer[] {ByteBuffer.wrap(MUCH), ByteBuffer.wrap(MUCH)}; while (b[1].hasRemaining()) out.write(b); } return 0; } });
        show("FileChannel at", () -> { try (var out = FileChannel.open(p, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) { long at = 0; for (int i = 0; i < TIMES * 3; i++) { at += out.write(ByteBuffer.wrap(MUCH), at); } return 0; } });
        show("transferFrom", () -> { try (var out = FileChannel.open(p, StandardOpenOption.WRITE, StandardOpenOption.CREATE); var in = FileChannel.open(Path.of("/dev/zero"))) { long at = 0; for (int i = 0; i < TIMES * 3; i++) { at += out.transferFrom(in, at, 300_000); } return at; } });
        show("Files.write", () -> Files.write(p, new byte[20_000_000]));
        show("Files.writeString", () -> Files.writeString(p, "x".repeat(20_000_000)));
        show("Files.copy stream", () -> Files.copy(new ByteArrayInputStream(new byte[20_000_000]), p));
        if (!limited) copies(p);
        show("ZipOutputStream", () -> { try (var out = new ZipOutputStream(new FileOutputStream(p.toFile()))) { out.putNextEntry(new ZipEntry("a")); for (int i = 0; i < TIMES; i++) out.write(MUCH); return 0; } });
        show("GZIPOutputStream", () -> { try (var out = new GZIPOutputStream(new FileOutputStream(p.toFile()))) { for (int i = 0; i < TIMES; i++) out.write(MUCH); return 0; } });
        show("ObjectOutputStream", () -> { try (var out = new ObjectOutputStream(new FileOutputStream(p.toFile()))) { for (int i = 0; i < TIMES; i++) out.writeUnshared(MUCH.clone()); return 0; } });
        show("FileWriter", () -> { try (var out = new FileWriter(p.toFile())) { for (int i = 0; i < TIMES; i++) out.write("y".repeat(300_000)); return 0; } });
        show("PrintStream", () -> { try (var out = new PrintStream(p.toFile())) { for (int i = 0; i < TIMES; i++) out.print("y".repeat(300_000)); return out.checkError(); } });
        show("zip file system", () -> { try (var fs = FileSystems.newFileSystem(java.net.URI.create("jar:" + p.toUri()), Map.of("create", "true"))) { for (int i = 0; i < TIMES; i++) Files.write(fs.getPath("f" + i), MUCH); return 0; } });
        show("child", () -> { var b = new ProcessBuilder("sh", "-c", "head -c 20000000 /dev/zero 2>/dev/null; echo $? >&2").redirectOutput(p.toFile()).redirectError(ProcessBuilder.Redirect.INHERIT).start().waitFor(); return b; });
        if (!limited) {
            show("full: empty file", () -> { fill(p); return Files.createFile(root.resolve("another")).equals(root.resolve("another")); });
            show("full: write", () -> { fill(p); return Files.writeString(root.resolve("another"), "x"); });
            show("full: temp", () -> { fill(p); try (var out = new FileWriter(File.createTempFile("aaa", "b", root.toFile()))) { out.write("x"); } return 0; });
            show("full: delete and write", () -> { fill(p); Files.delete(p); return Files.writeString(p, "x".repeat(1000)) != null; });
            show("full: overwrite", () -> { fill(p); try (var f = new RandomAccessFile(p.toFile(), "rw")) { f.write(1); return f.getFilePointer(); } });
            show("full: append", () -> { fill(p); return Files.writeString(p, "x", StandardOpenOption.APPEND); });
            show("full: directories", () -> { fill(p); for (int i = 0; i < 100_000; i++) Files.createDirectory(root.resolve("d" + i)); return 0; });
            show("full: many files", () -> { for (int i = 0; i < 100_000; i++) { try { Files.createFile(root.resolve("f" + i)); } catch (IOException e) { return e.toString().replaceAll("f[0-9]+", "fN"); } } return 0; });
            show("full: links", () -> { for (int i = 0; i < 100_000; i++) { try { Files.createSymbolicLink(root.resolve("f" + i), p); } catch (IOException e) { return e.toString().replaceAll("f[0-9]+", "fN"); } } return 0; });
            show("map grows", () -> { try (var c = FileChannel.open(p, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) { var m = c.map(FileChannel.MapMode.READ_WRITE, 0, 20_000_000); return m.capacity(); } });
            show("map without room", () -> { try (var c = FileChannel.open(p, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) { var m = c.map(FileChannel.MapMode.READ_WRITE, 0, 20_000_000); for (int i = 0; i < m.capacity(); i += 4096) m.put(i, (byte) 1); return "written"; } });
            show("store", () -> { fill(p); var s = Files.getFileStore(root); return s.getUsableSpace() + " " + s.getUnallocatedSpace() + " " + root.toFile().getFreeSpace() + " " + root.toFile().getUsableSpace(); });
        }
    }
}
