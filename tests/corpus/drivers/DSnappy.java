import org.xerial.snappy.Snappy;

/** A compressor that is native code. */
public class DSnappy {
    public static void main(String[] a) throws Exception {
        System.out.println(new String(Snappy.uncompress(Snappy.compress("text".getBytes()))));
    }
}
