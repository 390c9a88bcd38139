import com.sun.jna.*;

/** A function of the C library through JNA. */
public class DJna {
    interface C extends Library { int abs(int n); }

    public static void main(String[] a) {
        System.out.println(Native.load("c", C.class).abs(-5));
    }
}
