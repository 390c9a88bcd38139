/** Calls through interfaces with one, few and many implementations, and type tests. */
public class Interfaces {
    interface Shape {
        int area(int n);

        default int twice(int n) {
            return 2 * area(n);
        }
    }

    record Square(int side) implements Shape {
        public int area(int n) {
            return side * side + n;
        }
    }

    record Strip(int width) implements Shape, Comparable<Strip> {
        public int area(int n) {
            return width * n;
        }

        public int compareTo(Strip other) {
            return Integer.compare(width, other.width);
        }
    }

    record Point() implements Shape {
        public int area(int n) {
            return 0;
        }

        public int twice(int n) {
            return n & 1;
        }
    }

    public static void main(String[] args) {
        Shape[] shapes = {new Square(3), new Strip(2), new Point(), x -> x ^ 5, new Square(9)};
        long sum = 0;
        int strips = 0;
        for (int i = 0; i < 20_000_000; i++) {
            Shape shape = shapes[i % shapes.length];
            sum += shape.area(i) + shape.twice(i);
            if (shape instanceof Comparable) {
                strips++;
            }
        }
        System.out.println(sum + " " + strips);
    }
}
