import java.io.File;
import java.net.ServerSocket;
import java.util.Arrays;
import jdk.crac.CheckpointException;
import jdk.crac.Context;
import jdk.crac.Core;
import jdk.crac.Resource;

/** A connection stands in the way; when it is closed, it does not. */
public class Obstacles {
    public static void main(String[] args) throws Exception {
        Resource told = new Resource() {
            public void beforeCheckpoint(Context<? extends Resource> context) {
                System.out.println("before");
            }

            public void afterRestore(Context<? extends Resource> context) {
                System.out.println("after");
            }
        };
        Core.getGlobalContext().register(told);
        ServerSocket listener = new ServerSocket(0);
        java.net.Socket client = new java.net.Socket("localhost", listener.getLocalPort());
        java.net.Socket served = listener.accept();
        try {
            Core.checkpointRestore();
        } catch (CheckpointException e) {
            System.out.println(e + " " + e.getSuppressed()[0].getClass().getName());
            for (Throwable one : e.getSuppressed()) {
                System.out.println(one.getMessage().startsWith("connection "));
            }
        }
        client.getOutputStream().write(5);
        System.out.println(served.getInputStream().read());
        client.close();
        served.close();
        listener.close();
        Core.checkpointRestore();
        System.out.println("the end " + told.toString().isEmpty());
    }
}
