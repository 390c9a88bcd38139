// Prints to standard output, which may be gone.

import java.io.*;
public class Printer {
    public static void main(String[] args) throws Exception {
        int lines = Integer.parseInt(args[0]);
        for (int i = 0; i < lines; i++) System.out.println("line " + i);
        System.err.println("error " + System.out.checkError());
        if (args.length > 1) {
            try {
                FileOutputStream out = new FileOutputStream(FileDescriptor.out);
                out.write(new byte[10]);
                out.write(new byte[10]);
                System.err.println("wrote");
            } catch (IOException e) { System.err.println(e); }
            try { System.err.println("read " + System.in.read()); } catch (IOException e) { System.err.println(e); }
            try { System.err.println("read " + new FileInputStream(FileDescriptor.in).read()); } catch (IOException e) { System.err.println(e); }
        }
        if (args.length > 2) throw new IllegalStateException("end");
    }
}
