// Archives and compressed streams that are cut, changed at every byte, or no archives at all.

import java.io.*;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import java.util.concurrent.Callable;
import java.util.jar.*;
import java.util.zip.*;

public class BrokenArchives {
    static Path root;

    static String attempt(Callable<?> action) {
        try {
            return "-> " + action.call();
        } catch (Throwable e) {
            StringBuilder text = new StringBuilder(e.toString());
            for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) text.append(" <- ").append(cause);
            return text.toString().replace(root.toString(), "ROOT");
        }
    }

    static void show(String what, Callable<?> action) {
        System.out.println(what + ": " + attempt(action));
    }

    static byte[] zip(boolean stored, boolean manifest) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream out = new ZipOutputStream(bytes)) {
            out.setComment("remark");
            for (String name : manifest ? new String[] {"META-INF/MANIFEST.MF", "a.txt", "b/c.txt"} : new String[] {"a.txt", "b/c.txt"}) {
                byte[] content = (name.endsWith("MF") ? "Manifest-Version: 1.0\nMain-Class: Lost\n" : "content of " + name + "\n".repeat(30)).getBytes();
                ZipEntry entry = new ZipEntry(name);
                entry.setTime(1_000_000_000_000L);
                if (stored) {
                    CRC32 crc = new CRC32();
                    crc.update(content);
                    entry.setMethod(ZipEntry.STORED);
                    entry.setSize(content.length);
                    entry.setCrc(crc.getValue());
                }
                out.putNextEntry(entry);
                out.write(content);
                out.closeEntry();
            }
        }
        return bytes.toByteArray();
    }

    static String viaStream(byte[] bytes) throws Exception {
        StringBuilder text = new StringBuilder();
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(bytes))) {
            for (ZipEntry entry; (entry = in.getNextEntry()) != null; ) {
                CRC32 crc = new CRC32();
                crc.update(in.readAllBytes());
                text.append(entry.getName()).append(' ').append(crc.getValue()).append(' ').append(entry.getSize()).append(';');
            }
        }
        return text.toString();
    }

    static String viaFile(File file) throws Exception {
        StringBuilder text = new StringBuilder();
        try (ZipFile zip = new ZipFile(file)) {
            for (var entries = zip.entries(); entries.hasMoreElements(); ) {
                ZipEntry entry = entries.nextElement();
                text.append(entry.getName()).append(' ').append(entry.getSize()).append(' ').append(attempt(() -> {
                    try (InputStream in = zip.getInputStream(entry)) {
                        return Arrays.hashCode(in.readAllBytes());
                    }
                })).append(';');
            }
            text.append(zip.getComment());
        }
        return text.toString();
    }

    static String viaJar(File file) throws Exception {
        try (JarFile jar = new JarFile(file)) {
            return jar.getManifest() == null ? "none" : jar.getManifest().getMainAttributes().size() + " " + jar.stream().count();
        }
    }

    static String viaLoader(File file) throws Exception {
        try (URLClassLoader loader = new URLClassLoader(new URL[] {file.toURI().toURL()})) {
            URL url = loader.findResource("a.txt");
            String found = url == null ? "none" : attempt(() -> { URLConnection c = url.openConnection(); c.setUseCaches(false); try (InputStream in = c.getInputStream()) { return in.readAllBytes().length; } });
            return found + " " + attempt(() -> loader.loadClass("lost.Type"));
        }
    }

    static String viaFileSystem(File file) throws Exception {
        try (FileSystem zip = FileSystems.newFileSystem(file.toPath()); var all = Files.walk(zip.getPath("/"))) {
            return all.sorted().map(p -> p + " " + attempt(() -> Files.isDirectory(p) ? "" : Files.readAllBytes(p).length)).toList().toString();
        }
    }

    static int number;

    /** Everything that reads an archive, with these bytes; a name of its own, as open archives are shared by name. */
    static void every(String what, byte[] bytes) throws Exception {
        File file = root.resolve("f" + number++ + ".zip").toFile();
        Files.write(file.toPath(), bytes);
        StringBuilder line = new StringBuilder(what);
        line.append("\n  ZipInputStream ").append(attempt(() -> viaStream(bytes)));
        line.append("\n  ZipFile ").append(attempt(() -> viaFile(file)));
        line.append("\n  JarFile ").append(attempt(() -> viaJar(file)));
        line.append("\n  URLClassLoader ").append(attempt(() -> viaLoader(file)));
        line.append("\n  file system ").append(attempt(() -> viaFileSystem(file)));
        System.out.println(line.toString().replace(file.getName(), "FILE"));
        Files.delete(file.toPath());
    }

    static String gunzip(byte[] bytes) throws Exception {
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            return Arrays.hashCode(in.readAllBytes()) + "";
        }
    }

    static String inflate(byte[] bytes, boolean raw) throws Exception {
        Inflater inflater = new Inflater(raw);
        try {
            inflater.setInput(bytes);
            byte[] out = new byte[10_000];
            int n = 0;
            for (int got; (got = inflater.inflate(out, n, out.length - n)) > 0; ) n += got;
            return n + " " + inflater.finished() + inflater.needsInput() + inflater.needsDictionary() + inflater.getTotalIn() + " " + inflater.getTotalOut();
        } finally {
            inflater.end();
        }
    }

    public static void main(String[] args) throws Exception {
        root = Files.createTempDirectory("bad archives");
        byte[] deflated = zip(false, true);
        byte[] stored = zip(true, false);
        every("whole", deflated);
        int before = new File("/proc/self/fd").list().length;
        every("stored", stored);
        every("empty", new byte[0]);
        every("short", new byte[] {'P', 'K'});
        every("zeros", new byte[1000]);
        every("text", "no archive at all, only text. ".repeat(10).getBytes());
        every("no entries", Arrays.copyOfRange(deflated, deflated.length - 28, deflated.length));
        every("end only", new byte[] {'P', 'K', 5, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
        for (int cut = 1; cut < deflated.length; cut += 13) every("cut to " + cut, Arrays.copyOf(deflated, cut));
        for (int cut = 1; cut < deflated.length; cut += 37) every("from " + cut, Arrays.copyOfRange(deflated, cut, deflated.length));
        for (byte[] base : new byte[][] {deflated, stored}) {
            for (int at = 0; at < base.length; at += 5) {
                for (int value : new int[] {0xff, 0}) {
                    if ((at + value) % 2 != 0) continue;
                    byte[] bytes = base.clone();
                    if (bytes[at] == (byte) value) continue;
                    bytes[at] = (byte) value;
                    every("byte " + at + " is " + value, bytes);
                }
            }
        }
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write("compressed text ".repeat(40).getBytes());
        }
        byte[] gzip = packed.toByteArray();
        show("gzip", () -> gunzip(gzip));
        for (int i = 0; i < gzip.length; i++) {
            int at = i;
            show("gzip cut " + at, () -> gunzip(Arrays.copyOf(gzip, at)));
            show("gzip changed " + at, () -> { byte[] b = gzip.clone(); b[at] ^= 0x55; return gunzip(b); });
            show("inflate " + at, () -> inflate(Arrays.copyOfRange(gzip, at, gzip.length), false));
            show("inflate raw " + at, () -> inflate(Arrays.copyOfRange(gzip, at, gzip.length), true));
        }
        show("gzip trailing", () -> { byte[] b = Arrays.copyOf(gzip, gzip.length + 50); return gunzip(b); });
        show("gzip null", () -> new GZIPInputStream(null));
        show("gzip size", () -> new GZIPInputStream(new ByteArrayInputStream(gzip), 0));
        closed(deflated);
        System.gc();
        for (int i = 0; i < 100 && new File("/proc/self/fd").list().length > before; i++) Thread.sleep(20);
        System.out.println("leaked " + (new File("/proc/self/fd").list().length - before));
        Files.delete(root);
    }

    static void closed(byte[] bytes) throws Exception {
        Path path = root.resolve("closed.zip");
        Files.write(path, bytes);
        ZipFile zip = new ZipFile(path.toFile());
        ZipEntry entry = zip.getEntry("a.txt");
        InputStream in = zip.getInputStream(entry);
        var entries = zip.entries();
        zip.close();
        show("entry", () -> zip.getEntry("a.txt"));
        show("entries", entries::nextElement);
        show("entries", zip::entries);
        show("stream", zip::stream);
        show("size", zip::size);
        show("comment", zip::getComment);
        show("input", () -> zip.getInputStream(entry));
        show("read", in::read);
        show("available", in::available);
        show("null", () -> zip.getEntry(null));
        Inflater inflater = new Inflater();
        inflater.end();
        show("inflate", () -> inflater.inflate(new byte[10]));
        show("input", () -> { inflater.setInput(new byte[10]); return 0; });
        show("total", inflater::getTotalIn);
        show("dictionary", () -> { inflater.setDictionary(new byte[10]); return 0; });
        Deflater deflater = new Deflater();
        deflater.end();
        show("deflate", () -> deflater.deflate(new byte[10]));
        show("level", () -> { deflater.setLevel(10); return 0; });
        show("bounds", () -> new Inflater().inflate(new byte[10], 5, 6));
        show("bad dictionary", () -> { Inflater i = new Inflater(); i.setDictionary(new byte[10]); return 0; });
        ZipOutputStream out = new ZipOutputStream(new ByteArrayOutputStream());
        out.putNextEntry(new ZipEntry("a"));
        show("twice", () -> { out.putNextEntry(new ZipEntry("a")); return 0; });
        show("stored without size", () -> { ZipEntry e = new ZipEntry("s"); e.setMethod(ZipEntry.STORED); out.putNextEntry(e); return 0; });
        show("wrong size", () -> { ZipEntry e = new ZipEntry("w"); e.setMethod(ZipEntry.STORED); e.setSize(3); e.setCrc(1); out.putNextEntry(e); out.write(1); out.closeEntry(); return 0; });
        show("long name", () -> new ZipEntry("n".repeat(70_000)));
        show("closed stream", () -> { ZipInputStream i = new ZipInputStream(new ByteArrayInputStream(bytes)); i.close(); return i.getNextEntry(); });
        // Cut while it is open.
        ZipFile open = new ZipFile(path.toFile());
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(20);
        }
        show("cut while open", () -> { try (InputStream i = open.getInputStream(open.getEntry("a.txt"))) { return i.readAllBytes().length; } });
        open.close();
        show("signature", () -> { try (JarFile jar = new JarFile(path.toFile(), true)) { return jar.getManifest(); } });
        Files.delete(path);
    }
}
