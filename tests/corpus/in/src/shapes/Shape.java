package shapes;

/** A figure of the plane. */
public interface Shape extends Comparable<Shape> {
    double area();

    @Override
    default int compareTo(Shape other) {
        return Double.compare(area(), other.area());
    }
}
