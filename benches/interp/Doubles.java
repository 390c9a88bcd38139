/** Arithmetic on doubles: the planets of a small solar system. */
public class Doubles {
    public static void main(String[] args) {
        double x = 1, y = 0, vx = 0, vy = 1.05;
        double x2 = -1.5, y2 = 0.2, vx2 = 0.1, vy2 = -0.8;
        double dt = 0.001;
        for (int i = 0; i < 11_000_000; i++) {
            double r = x * x + y * y;
            double f = -1.0 / (r * (1 + r) * 0.5);
            double dx = x2 - x, dy = y2 - y;
            double d = 0.01 / (dx * dx + dy * dy + 0.1);
            vx += (f * x + d * dx) * dt;
            vy += (f * y + d * dy) * dt;
            x += vx * dt;
            y += vy * dt;
            double r2 = x2 * x2 + y2 * y2;
            double f2 = -1.0 / (r2 * (1 + r2) * 0.5);
            vx2 += (f2 * x2 - d * dx) * dt;
            vy2 += (f2 * y2 - d * dy) * dt;
            x2 += vx2 * dt;
            y2 += vy2 * dt;
        }
        System.out.println(x + " " + y + " " + x2 + " " + y2);
    }
}
