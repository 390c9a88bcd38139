import java.io.*;
import java.nio.channels.*;

/** Locks a part of a file, or waits for it. */
public class Locked {
    public static void main(String[] args) throws Exception {
        try (RandomAccessFile file = new RandomAccessFile(args[1], "rw")) {
            if (args[0].equals("waiter")) {
                System.out.println("waits");
                file.getChannel().lock(2, 4, false);
                System.out.println("got it");
                return;
            }
            FileLock lock = file.getChannel().lock(1, 3, false);
            System.out.println("locked");
            System.in.read();
            lock.release();
            System.out.println("released");
        }
    }
}
