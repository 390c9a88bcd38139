import java.io.*;

/** Defines and links each class of a file of [length, bytes]*; prints what is thrown, each followed by a NUL. */
public class Verdict {
    static class Loader extends ClassLoader {
        Class<?> define(byte[] bytes) { return defineClass(null, bytes, 0, bytes.length); }
    }

    public static void main(String[] args) throws IOException {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, "UTF-8");
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(new FileInputStream(args[0])))) {
            while (in.available() > 0) {
                byte[] bytes = in.readNBytes(in.readInt());
                String verdict = "ok";
                try {
                    new Loader().define(bytes).getDeclaredFields();
                } catch (LinkageError e) {
                    verdict = e.getClass().getName() + ": " + e.getMessage();
                }
                out.print(verdict + "\0");
            }
        }
        out.flush();
    }
}
