/** The smallest program: says hello, to the world or to whom the arguments name. */
public class HelloWorld {
    public static void main(String[] args) {
        System.out.println("Hello, " + (args.length == 0 ? "World" : String.join(" and ", args)) + "!");
    }
}
