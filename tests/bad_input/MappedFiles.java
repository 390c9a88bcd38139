// Reads and writes mapped files whose pages are gone: cut by somebody else, or without room on their device.
import java.io.*;
import java.nio.*;
import java.nio.channels.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import java.util.concurrent.Callable;
import java.util.zip.CRC32;

public class MappedFiles {
    static void show(String what, Callable<?> action) {
        String result;
        try {
            result = "-> " + action.call();
        } catch (Throwable e) {
            result = e.toString();
        }
        System.out.println(what + ": " + result);
    }
    /** Writes to a buffer that is mapped for reading, past its checks. */
    static void put(ByteBuffer buffer, int at) throws Exception {
        var field = sun.misc.Unsafe.class.getDeclaredField("theUnsafe");
        field.setAccessible(true);
        var unsafe = (sun.misc.Unsafe) field.get(null);
        long address = unsafe.getLong(buffer, unsafe.objectFieldOffset(Buffer.class.getDeclaredField("address")));
        unsafe.putByte(address + at, (byte) 1);
    }

    public static void main(String[] args) throws Exception {
        Path p = Files.createTempFile("mapped", null);
        Files.write(p, new byte[100_000]);
        MappedByteBuffer shared, readOnly, copied;
        try (var c = FileChannel.open(p, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            shared = c.map(FileChannel.MapMode.READ_WRITE, 0, 100_000);
            readOnly = c.map(FileChannel.MapMode.READ_ONLY, 0, 100_000);
            copied = c.map(FileChannel.MapMode.PRIVATE, 0, 100_000);
            copied.put(70_000, (byte) 5);
            c.truncate(10_000);
        }
        for (var b : List.of(shared, readOnly, copied)) {
            String kind = b == shared ? "shared" : b == readOnly ? "read only" : "private";
            show(kind + " inside", () -> b.get(9_999));
            show(kind + " page", () -> b.get(12_000));
            show(kind + " touched", () -> b.get(70_000));
            show(kind + " get", () -> b.get(50_000));
            show(kind + " getInt", () -> b.getInt(50_000));
            show(kind + " getLong", () -> b.getLong(50_001));
            show(kind + " getDouble", () -> b.order(ByteOrder.LITTLE_ENDIAN).getDouble(50_008));
            show(kind + " getShort", () -> b.getShort(50_000));
            show(kind + " getChar", () -> b.getChar(50_000));
            show(kind + " getFloat", () -> b.getFloat(50_000));
            show(kind + " bulk get", () -> { b.position(40_000); b.get(new byte[10_000]); return 0; });
            show(kind + " bulk get over", () -> { b.position(8_000); b.get(new byte[30_000]); return 0; });
            show(kind + " bulk small", () -> { b.position(40_000); b.get(new byte[3]); return 0; });
            show(kind + " put", () -> b.put(50_000, (byte) 1) == b);
            show(kind + " putLong", () -> b.putLong(50_000, 1) == b);
            show(kind + " bulk put", () -> { b.position(40_000); b.put(new byte[10_000]); return 0; });
            show(kind + " put buffer", () -> { b.position(40_000); b.put(ByteBuffer.allocateDirect(10_000)); return 0; });
            show(kind + " to buffer", () -> { b.limit(60_000).position(40_000); ByteBuffer.allocateDirect(20_000).put(b); return 0; });
            b.clear();
            show(kind + " to heap buffer", () -> { b.limit(60_000).position(40_000); ByteBuffer.allocate(20_000).put(b); return 0; });
            b.clear();
            show(kind + " as ints", () -> b.position(40_000).asIntBuffer().get(new int[100]).position());
            show(kind + " as longs swapped", () -> b.order(ByteOrder.BIG_ENDIAN).position(40_000).asLongBuffer().get(new long[100]).position());
            show(kind + " as ints put", () -> b.position(40_000).asIntBuffer().put(new int[100]).position());
            show(kind + " compact", () -> b.position(40_000).compact() == b);
            b.clear();
            show(kind + " equals", () -> b.duplicate().position(40_000).equals(ByteBuffer.allocate(60_000)));
            show(kind + " mismatch", () -> b.duplicate().position(40_000).mismatch(ByteBuffer.allocateDirect(60_000)));
            show(kind + " hashCode", () -> b.duplicate().position(40_000).hashCode());
            show(kind + " decode", () -> StandardCharsets.UTF_8.decode(b.duplicate().position(40_000)).length());
            show(kind + " CRC", () -> { CRC32 crc = new CRC32(); crc.update(b.duplicate().limit(9_000)); return crc.getValue(); });
            show(kind + " write", () -> { try (var c = FileChannel.open(Path.of("/dev/null"), StandardOpenOption.WRITE)) { return c.write(b.duplicate().position(40_000)); } });
            show(kind + " write file", () -> { Path q = Files.createTempFile("q", null); try (var c = FileChannel.open(q, StandardOpenOption.WRITE)) { return c.write(b.duplicate().position(40_000)); } finally { Files.delete(q); } });
            show(kind + " read", () -> { try (var c = FileChannel.open(Path.of("/dev/zero"))) { return c.read(b.duplicate().position(40_000)); } });
            show(kind + " force", () -> b.force() == b);
            show(kind + " inside again", () -> b.get(9_999));
        }
        var views = java.lang.invoke.MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());
        shared.clear();
        show("get", () -> (int) views.get((ByteBuffer) shared, 50_000));
        show("getVolatile", () -> (int) views.getVolatile((ByteBuffer) shared, 50_000));
        show("setRelease", () -> { views.setRelease((ByteBuffer) shared, 50_000, 1); return 0; });
        if (args.length > 0) {
            // HotSpot dies of these, or reports the faults in its loops too late.
            show("compareAndSet", () -> views.compareAndSet((ByteBuffer) shared, 50_000, 0, 1));
            show("getAndAdd", () -> (int) views.getAndAdd((ByteBuffer) shared, 50_000, 1));
            show("stack", () -> { try { shared.get(50_000); return 0; } catch (InternalError e) { return e.getStackTrace().length > 3; } });
            show("put to reading", () -> { var m = readOnly.duplicate(); put(m, 50); return 0; });
            int faults = 0;
            for (int i = 0; i < 20_000; i++) {
                try { shared.get(50_000 + i); } catch (InternalError e) { faults++; }
            }
            System.out.println("many: " + faults);
            int[] counts = new int[4];
            Thread[] threads = new Thread[4];
            for (int i = 0; i < 4; i++) {
                int n = i;
                threads[i] = new Thread(() -> { for (int k = 0; k < 2_000; k++) try { shared.put(50_000 + k, (byte) 1); } catch (InternalError e) { counts[n]++; } });
                threads[i].start();
            }
            for (Thread t : threads) t.join();
            System.out.println("threads: " + Arrays.toString(counts));
        }
        try (var c = FileChannel.open(p, StandardOpenOption.WRITE)) {
            c.write(ByteBuffer.wrap(new byte[] {7}), 99_999);
        }
        show("grown again", () -> shared.get(99_999));
        Files.delete(p);
        show("deleted", () -> shared.get(99_999));
    }
}
