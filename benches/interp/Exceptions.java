/** Throwing near and far, finally blocks, errors that the VM itself throws. */
public class Exceptions {
    static class Refused extends Exception {
        final int value;

        Refused(int value) {
            super("refused", null, false, false);
            this.value = value;
        }
    }

    static int deep(int depth, int value) throws Refused {
        if (depth == 0) {
            throw new Refused(value);
        }
        try {
            return deep(depth - 1, value + 1);
        } finally {
            counter++;
        }
    }

    static int counter;

    public static void main(String[] args) {
        long sum = 0;
        int[] small = new int[3];
        Object text = "text";
        for (int i = 0; i < 330_000; i++) {
            try {
                sum += deep(i % 8, i);
            } catch (Refused e) {
                sum += e.value;
            }
            try {
                sum += small[i % 5];
            } catch (ArrayIndexOutOfBoundsException e) {
                sum += e.getMessage().length();
            }
            try {
                sum += i % 3 == 0 ? (Integer) text : 1;
            } catch (ClassCastException e) {
                sum += 7;
            }
            if (i % 4 == 0) {
                try {
                    throw new IllegalStateException("number " + (i & 7));
                } catch (RuntimeException e) {
                    sum += e.getStackTrace().length;
                }
            }
        }
        System.out.println(sum + " " + counter);
    }
}
