import java.io.*;
import java.nio.*;
import java.nio.channels.*;

/** Reads what comes slowly: standard input, and a pipe that another thread fills. */
public class Slowly {
    public static void main(String[] args) throws Exception {
        java.nio.channels.Pipe pipe = java.nio.channels.Pipe.open();
        Thread writer = new Thread(() -> {
            try (WritableByteChannel sink = pipe.sink()) {
                // More than the pipe holds: the writer is blocked in the middle, too.
                for (int at = 0; at < 200_000; ) {
                    ByteBuffer buffer = ByteBuffer.allocate(70_001);
                    while (buffer.hasRemaining() && at < 200_000) buffer.put((byte) (at++ * 7));
                    buffer.flip();
                    while (buffer.hasRemaining()) sink.write(buffer);
                }
            } catch (IOException e) {
                System.out.println(e);
            }
        });
        writer.start();
        boolean[] same = { true };
        int[] count = new int[1];
        Thread reader = new Thread(() -> {
            try {
                ByteBuffer buffer = ByteBuffer.allocate(997);
                while (pipe.source().read(buffer) >= 0) {
                    for (int i = 0; i < buffer.position(); i++) same[0] &= buffer.get(i) == (byte) (count[0]++ * 7);
                    buffer.clear();
                    Thread.sleep(5);
                }
            } catch (IOException | InterruptedException e) {
                System.out.println(e);
            }
        });
        reader.start();
        InputStream in = new FileInputStream(FileDescriptor.in);
        byte[] bytes = new byte[64];
        long sum = 0;
        int all = 0;
        while (all < 72_330) {
            int n = all % 5 == 0 ? in.read(bytes, 0, 1) : in.read(bytes);
            if (n < 0) break;
            for (int i = 0; i < n; i++) sum = sum * 31 + (bytes[i] & 0xff);
            all += n;
        }
        System.out.println("stdin " + all + " " + sum);
        writer.join();
        reader.join();
        System.out.println("pipe " + count[0] + " " + same[0]);
    }
}
