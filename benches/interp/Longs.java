/** Arithmetic on longs: xorshift numbers, powers modulo a prime, remainders, shifts. */
public class Longs {
    static long power(long base, long exponent, long modulus) {
        long result = 1;
        for (long b = base % modulus, e = exponent; e > 0; e >>= 1) {
            if ((e & 1) == 1) {
                result = result * b % modulus;
            }
            b = b * b % modulus;
        }
        return result;
    }

    public static void main(String[] args) {
        long x = 88172645463325252L;
        long sum = 0;
        for (int i = 0; i < 32_000_000; i++) {
            x ^= x << 13;
            x ^= x >>> 7;
            x ^= x << 17;
            sum += x > 0 ? x >> 3 : -x;
        }
        for (int i = 1; i < 300_000; i++) {
            sum += power(i, 1_000_000_005L, 1_000_000_007L);
        }
        System.out.println(sum);
    }
}
