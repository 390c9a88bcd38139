import java.util.BitSet;

/** Prime numbers, with an array of booleans and with the library's bit set. */
public class Sieve {
    public static void main(String[] args) {
        int n = 30_000_000;
        boolean[] composite = new boolean[n + 1];
        int count = 0;
        for (int i = 2; i <= n; i++) {
            if (!composite[i]) {
                count++;
                for (long j = (long) i * i; j <= n; j += i) {
                    composite[(int) j] = true;
                }
            }
        }
        int m = 900_000;
        BitSet bits = new BitSet(m);
        bits.set(2, m);
        for (int i = 2; i * i < m; i = bits.nextSetBit(i + 1)) {
            for (int j = i * i; j < m; j += i) {
                bits.clear(j);
            }
        }
        System.out.println(count + " " + bits.cardinality());
    }
}
