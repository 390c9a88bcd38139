package shapes;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

public class Main {
    enum Kind { SQUARE, DISC, STRIP }

    static class Figure implements Shape {
        private final Kind kind;
        private final double size;

        Figure(Kind kind, double size) {
            this.kind = kind;
            this.size = size;
        }

        @Override
        public double area() {
            switch (kind) {
                case SQUARE: return size * size;
                case DISC: return Math.PI * size * size;
                default: return size;
            }
        }

        @Override
        public String toString() {
            return kind.name().toLowerCase() + " " + size;
        }
    }

    public static void main(String[] arguments) {
        int count = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
        List<Shape> shapes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            shapes.add(new Figure(Kind.values()[i % 3], i * 1.5));
        }
        Function<Shape, String> kind = shape -> shape.toString().split(" ")[0];
        Map<String, Double> areas = shapes.stream()
            .collect(Collectors.groupingBy(kind, TreeMap::new, Collectors.summingDouble(Shape::area)));
        System.out.println(areas);
        System.out.println(shapes.stream().sorted().map(Object::toString).collect(Collectors.joining(", ")));
        try {
            Object[] objects = new String[1];
            objects[0] = count;
        } catch (ArrayStoreException e) {
            System.out.println(e.getMessage());
        }
    }
}
