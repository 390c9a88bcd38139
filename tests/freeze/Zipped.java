import java.io.*;
import java.util.*;
import java.util.zip.*;

/** Packs and unpacks in small steps, all kinds of streams in turn, so that each is met in the middle. */
public class Zipped {
    public static void main(String[] args) throws Exception {
        Random random = new Random(42);
        byte[] data = new byte[400_000];
        for (int i = 0; i < data.length; i++) {
            // Something to find, something random, and long runs.
            data[i] = (byte) (i % 50_000 < 3_000 ? random.nextInt() : i % 70_000 < 9_000 ? 7 : "some words to be found again ".charAt((i * 3 + i / 100) % 29));
        }
        List<Deflater> deflaters = new ArrayList<>();
        List<ByteArrayOutputStream> packed = new ArrayList<>();
        for (int level : new int[] { 0, 1, 6, 9, -1 }) {
            for (int strategy : new int[] { Deflater.DEFAULT_STRATEGY, Deflater.FILTERED, Deflater.HUFFMAN_ONLY }) {
                Deflater d = new Deflater(level, level % 2 == 0);
                d.setStrategy(strategy);
                if (level == 9) d.setDictionary("words to be found".getBytes());
                deflaters.add(d);
                packed.add(new ByteArrayOutputStream());
            }
        }
        byte[] out = new byte[777];
        for (int at = 0; at < data.length; at += 1_000) {
            for (int k = 0; k < deflaters.size(); k++) {
                Deflater d = deflaters.get(k);
                d.setInput(data, at, 1_000);
                int flush = at % 90_000 == 0 ? Deflater.SYNC_FLUSH : at % 130_000 == 0 ? Deflater.FULL_FLUSH : Deflater.NO_FLUSH;
                for (int n; (n = d.deflate(out, 0, out.length, flush)) > 0 || !d.needsInput(); ) packed.get(k).write(out, 0, n);
                if (at == 200_000) d.setLevel(k % 10);
            }
            if (at % 20_000 == 0) Thread.sleep(20);
        }
        CRC32 sum = new CRC32();
        for (int k = 0; k < deflaters.size(); k++) {
            deflaters.get(k).finish();
            for (int n; (n = deflaters.get(k).deflate(out)) > 0; ) packed.get(k).write(out, 0, n);
            sum.update(packed.get(k).toByteArray());
            System.out.println(k + " " + packed.get(k).size() + " " + deflaters.get(k).getAdler());
        }
        System.out.println("packed " + sum.getValue());
        List<Inflater> inflaters = new ArrayList<>();
        int[] at = new int[packed.size()], got = new int[packed.size()];
        for (int k = 0; k < packed.size(); k++) inflaters.add(new Inflater(k < 3 || (k >= 6 && k < 9)));
        boolean same = true;
        for (int left = packed.size(), round = 0; left > 0; round++) {
            for (int k = 0; k < packed.size(); k++) {
                Inflater i = inflaters.get(k);
                if (i.finished()) continue;
                byte[] from = packed.get(k).toByteArray();
                if (i.needsInput()) {
                    int n = Math.min(100 + k * 17, from.length - at[k]);
                    i.setInput(from, at[k], n);
                    at[k] += n;
                }
                int n = i.inflate(out);
                if (n == 0 && i.needsDictionary()) i.setDictionary("words to be found".getBytes());
                for (int j = 0; j < n; j++) same &= out[j] == data[got[k]++];
                if (i.finished()) left--;
            }
            if (round % 60 == 0) Thread.sleep(20);
        }
        int all = 0;
        for (int k = 0; k < packed.size(); k++) all += inflaters.get(k).getTotalOut();
        System.out.println("unpacked " + same + " " + all);
    }
}
