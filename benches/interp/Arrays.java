/** Reading and writing arrays of several types: sorting, copying, adding up. */
public class Arrays {
    static void sort(int[] a, int from, int to) {
        while (from < to) {
            int pivot = a[(from + to) >>> 1];
            int i = from;
            int j = to;
            while (i <= j) {
                while (a[i] < pivot) {
                    i++;
                }
                while (a[j] > pivot) {
                    j--;
                }
                if (i <= j) {
                    int t = a[i];
                    a[i++] = a[j];
                    a[j--] = t;
                }
            }
            if (j - from < to - i) {
                sort(a, from, j);
                from = i;
            } else {
                sort(a, i, to);
                to = j;
            }
        }
    }

    public static void main(String[] args) {
        int[] a = new int[1_000_000];
        byte[] bytes = new byte[4096];
        char[] chars = new char[4096];
        long sum = 0;
        for (int round = 0; round < 4; round++) {
            int seed = 12345 + round;
            for (int i = 0; i < a.length; i++) {
                seed = seed * 1103515245 + 12345;
                a[i] = seed;
                bytes[i & 4095] += (byte) seed;
                chars[i & 4095] ^= (char) (seed >>> 16);
            }
            sort(a, 0, a.length - 1);
            for (int i = 0; i < a.length; i += 1000) {
                sum = sum * 31 + a[i];
            }
        }
        for (int i = 0; i < 4096; i++) {
            sum += bytes[i] * chars[i];
        }
        System.out.println(sum);
    }
}
