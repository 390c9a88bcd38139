// exit: 3
// stdin: 3 4\nlast line
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.FileReader;
import java.io.InputStreamReader;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** Standard input, files, buffers, serialisation and compression, in a folder of its own. */
public class Files {
    record Point(int x, List<String> names) implements Serializable {}

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        int sum = 0;
        for (String s : in.readLine().split(" ")) {
            sum += Integer.parseInt(s);
        }
        System.out.println(sum + " " + in.readLine() + " " + in.readLine());

        Path folder = java.nio.file.Files.createTempDirectory("rvm-files");
        try {
            Path file = folder.resolve("text.txt");
            java.nio.file.Files.writeString(file, "first\nzweite Zeile mit ü\n");
            java.nio.file.Files.write(file, List.of("third"), StandardOpenOption.APPEND);
            System.out.println(java.nio.file.Files.readAllLines(file) + " " + java.nio.file.Files.size(file));
            try (RandomAccessFile random = new RandomAccessFile(file.toFile(), "rw")) {
                random.seek(2);
                random.write('R');
                System.out.println(random.length() + " " + random.readLine());
            }
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                ByteBuffer buffer = ByteBuffer.allocateDirect(8);
                channel.read(buffer, 1);
                buffer.flip();
                System.out.println(buffer.getInt() + " " + buffer.remaining());
            }
            java.nio.file.Files.createDirectories(folder.resolve("a/b"));
            java.nio.file.Files.move(file, folder.resolve("a/b/moved"));
            try (Stream<Path> walk = java.nio.file.Files.walk(folder)) {
                System.out.println(walk.map(p -> folder.relativize(p).toString()).sorted().toList());
            }
            try {
                new FileReader(file.toFile()).close();
            } catch (FileNotFoundException e) {
                System.out.println(e.getMessage().endsWith("text.txt (No such file or directory)"));
            }
            try {
                java.nio.file.Files.delete(folder.resolve("nothing"));
            } catch (NoSuchFileException e) {
                System.out.println("no such file");
            }
        } finally {
            try (Stream<Path> walk = java.nio.file.Files.walk(folder)) {
                walk.sorted(java.util.Comparator.reverseOrder()).forEach(p -> p.toFile().delete());
            }
        }
        System.out.println(java.nio.file.Files.exists(folder));

        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(new Point(3, List.of("a", "b")));
        }
        try (ObjectInputStream objects = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            System.out.println(objects.readObject());
        }
        byte[] data = "compress me, ".repeat(500).getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(data);
        }
        CRC32 crc = new CRC32();
        crc.update(new GZIPInputStream(new ByteArrayInputStream(packed.toByteArray())).readAllBytes());
        System.out.println((packed.size() < data.length / 10) + " " + Long.toHexString(crc.getValue()));
        PrintStream err = System.err;
        err.println("only on standard error");
        System.exit(3);
    }
}
