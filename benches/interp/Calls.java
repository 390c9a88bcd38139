/** Static, virtual and private calls that do little. */
public class Calls {
    private int state = 1;

    static int fibonacci(int n) {
        return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
    }

    private int step(int x) {
        state = state * 31 + x;
        return state;
    }

    int twice(int x) {
        return step(x) + step(x + 1);
    }

    public static void main(String[] args) {
        Calls calls = new Calls();
        long sum = fibonacci(35);
        for (int i = 0; i < 14_000_000; i++) {
            sum += calls.twice(i);
        }
        System.out.println(sum);
    }
}
