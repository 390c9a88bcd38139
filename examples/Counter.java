import java.nio.file.Path;
import rvm.guest.Guest;
import rvm.guest.GuestException;

/**
 * A program that saves itself and counts its lives.
 *
 * <pre>
 * rvm guest-api -o rvm-guest.jar
 * javac -cp rvm-guest.jar Counter.java
 * rvm run -cp . Counter counter.rvm      # says "life 1" and ends with 75
 * rvm resume counter.rvm                 # says "life 2", and so on
 * </pre>
 */
public class Counter {
    public static void main(String[] args) throws GuestException {
        for (int life = 1; life <= 3; life++) {
            System.out.println("life " + life + (Guest.isResumed() ? ", after a rest" : ""));
            Guest.suspend(Path.of(args[0]));
        }
        System.out.println("the end");
    }
}
