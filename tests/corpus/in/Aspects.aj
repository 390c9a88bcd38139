import shapes.*;
public aspect Aspects {
    private static int depth;
    pointcut calls(): execution(double shapes.Shape+.area());
    double around(): calls() && if (depth < 2) { depth++; try { return proceed() * 2; } finally { depth--; } }
    after() returning: execution(void shapes.Main.main(..)) { System.out.println("woven, " + Shape.class.getMethods().length); }
    public String Shape.label() { return "label " + area(); }
    declare warning: call(* java.util.List.add(..)): "a list grows";
}
