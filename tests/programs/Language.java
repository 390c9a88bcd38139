import java.util.ArrayList;
import java.util.List;

/** Corners of the language: initialisation order, overloads, inner classes, switches, labels, generics, records. */
public class Language {
    static final List<String> LOG = new ArrayList<>();

    static class Base {
        static {
            LOG.add("Base.<clinit>");
        }

        final String seen;

        Base() {
            seen = hook();
        }

        String hook() {
            return "base";
        }
    }

    static class Derived extends Base {
        static final int CONSTANT = 3;
        static final Integer BOXED = 4;
        static {
            LOG.add("Derived.<clinit>");
        }

        final String late = "late".trim();

        @Override
        String hook() {
            return "derived sees " + late;
        }
    }

    sealed interface Expression permits Number, Sum, Product {}

    record Number(long value) implements Expression {
        Number {
            if (value < 0) {
                throw new IllegalArgumentException("negative: " + value);
            }
        }
    }

    record Sum(Expression left, Expression right) implements Expression {}

    record Product(Expression left, Expression right) implements Expression {}

    static long evaluate(Expression e) {
        if (e instanceof Number n) {
            return n.value();
        } else if (e instanceof Sum s) {
            return evaluate(s.left) + evaluate(s.right);
        }
        Product p = (Product) e;
        return evaluate(p.left()) * evaluate(p.right());
    }

    enum Planet {
        MERCURY(1) {
            @Override
            String note() {
                return "near";
            }
        },
        NEPTUNE(8);

        final int place;

        Planet(int place) {
            this.place = place;
        }

        String note() {
            return "number " + place;
        }
    }

    static String pick(Object o) {
        return "Object";
    }

    static String pick(long l) {
        return "long";
    }

    static String pick(Integer... many) {
        return "varargs " + many.length;
    }

    static String kind(String s) {
        return switch (s) {
            case "Aa", "BB" -> "same hash " + s.hashCode();
            case "" -> "empty";
            default -> {
                int n = s.length();
                yield "length " + n;
            }
        };
    }

    class Inner {
        class Deeper {
            String path() {
                return Language.this.name + "/" + Inner.this.getClass().getSimpleName();
            }
        }
    }

    final String name = "outer";

    public static void main(String[] args) {
        System.out.println(Derived.CONSTANT + " " + LOG);
        System.out.println(Derived.BOXED + " " + LOG);
        System.out.println(new Derived().seen);
        System.out.println(evaluate(new Sum(new Number(2), new Product(new Number(3), new Number(4)))));
        System.out.println(new Sum(new Number(1), new Number(2)) + " " + new Number(5).equals(new Number(5)));
        for (Planet p : Planet.values()) {
            System.out.println(p + " " + p.note() + " " + p.getClass().isAnonymousClass() + " " + p.getDeclaringClass());
        }
        System.out.println(pick(1) + " " + pick('c') + " " + pick(1, 2) + " " + pick(1.5f) + " " + pick());
        System.out.println(kind("Aa") + ", " + kind("BB") + ", " + kind("") + ", " + kind("abc"));
        Language outer = new Language();
        System.out.println(outer.new Inner().new Deeper().path());
        int steps = 0;
        outer:
        for (int i = 0; ; i++) {
            for (int j = 0; j < i; j++) {
                if (i * j > 50) {
                    break outer;
                }
                if ((i ^ j) == 3) {
                    continue outer;
                }
                steps++;
            }
        }
        System.out.println("steps " + steps);
        int x = 5;
        x += x++ * 2 + --x;
        byte b = (byte) 200;
        b >>>= 1;
        char c = 'a';
        c += 1.7;
        System.out.println(x + " " + b + " " + c + " " + (char) (c + 1) + " " + (1 << 33) + " " + (1L << 33));
        System.out.println(Integer.MIN_VALUE / -1 + " " + -7 % 3 + " " + -7 / 2 + " " + -7.5 % 2 + " " + (int) Double.NaN
            + " " + (long) 1e30 + " " + (int) -1e30f + " " + 0.1f + " " + 100.0 / 3 + " " + Double.MIN_VALUE);
        long[][][] cube = new long[2][3][];
        cube[1][2] = new long[] {7};
        System.out.println(cube[1][2][0] + " " + cube[0][0] + " " + cube.getClass().getName());
    }
}
