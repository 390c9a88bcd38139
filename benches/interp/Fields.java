/** Instance and static fields of several types. */
public class Fields {
    static int count;
    static long total;
    int x = 1;
    long y = 2;
    double z = 3;
    byte b;
    Fields next;

    public static void main(String[] args) {
        Fields a = new Fields();
        Fields c = new Fields();
        a.next = c;
        c.next = a;
        Fields at = a;
        for (int i = 0; i < 26_000_000; i++) {
            at.x += i;
            at.y ^= at.x;
            at.z = at.z * 0.5 + at.x;
            at.b++;
            count += at.b;
            total += at.next.y;
            at = at.next;
        }
        System.out.println(count + " " + total + " " + a.x + " " + c.y + " " + a.z + " " + a.b);
    }
}
