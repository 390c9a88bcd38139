import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.crac.Context;
import org.crac.Core;
import org.crac.Resource;

/**
 * A web service that knows of checkpoints: it counts requests, closes its port before a checkpoint, and opens it again
 * after. It goes through org.crac, as frameworks do. {@code /save} asks for the checkpoint, {@code /end} ends the service.
 */
public final class Service implements Resource {
    private final AtomicInteger requests = new AtomicInteger();
    private final ExecutorService workers = Executors.newFixedThreadPool(2);
    private HttpServer server;

    private void open() throws IOException {
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.setExecutor(workers);
        server.createContext("/", exchange -> {
            String path = exchange.getRequestURI().getPath();
            byte[] text = (path + " " + requests.incrementAndGet() + "\n").getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Connection", "close");
            exchange.sendResponseHeaders(200, text.length);
            exchange.getResponseBody().write(text);
            exchange.close();
            if (path.equals("/save")) {
                new Thread(this::save, "saver").start();
            }
            if (path.equals("/end")) {
                System.exit(0);
            }
        });
        server.start();
        System.out.println("serving on " + server.getAddress().getPort());
    }

    private void save() {
        try {
            Core.checkpointRestore();
            System.out.println("restored " + System.getProperty("stage") + " " + System.getenv("STAGE"));
        } catch (Exception e) {
            e.printStackTrace();
            System.exit(3);
        }
    }

    @Override
    public void beforeCheckpoint(Context<? extends Resource> context) {
        server.stop(0);
        System.out.println("closed after " + requests);
    }

    @Override
    public void afterRestore(Context<? extends Resource> context) throws IOException {
        open();
    }

    public static void main(String[] args) throws Exception {
        Service service = new Service();
        Core.getGlobalContext().register(service);
        service.open();
        Thread.currentThread().join();
    }
}
