import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A web server of the class library. Prints its port; ends when its standard input does.
 * Arguments: number of worker threads, and for TLS a key store (its password is that of Tls).
 *
 * /text/N answers with N and what a fresh map of N % 50 entries looks like; /echo with the body of the
 * request; /live collects all garbage and answers with the bytes that are left.
 */
public class Server {
    public static void main(String[] args) throws Exception {
        HttpServer server;
        InetSocketAddress at = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        if (args.length > 1) {
            HttpsServer secure = HttpsServer.create(at, 500);
            secure.setHttpsConfigurator(new HttpsConfigurator(Tls.context(args[1])));
            server = secure;
        } else {
            server = HttpServer.create(at, 500);
        }
        ExecutorService workers = Executors.newFixedThreadPool(Integer.parseInt(args[0]));
        server.setExecutor(workers);
        server.createContext("/text/", exchange -> answer(exchange, Texts.of(lastPart(exchange))));
        server.createContext("/echo", exchange -> answer(exchange, exchange.getRequestBody().readAllBytes()));
        server.createContext("/live", exchange -> answer(exchange, Texts.ascii(Live.bytes())));
        server.start();
        System.out.println("port " + server.getAddress().getPort());
        while (System.in.read() >= 0) {
        }
        server.stop(0);
        workers.shutdown();
    }

    static int lastPart(HttpExchange exchange) {
        String path = exchange.getRequestURI().getPath();
        return Integer.parseInt(path.substring(path.lastIndexOf('/') + 1));
    }

    static void answer(HttpExchange exchange, byte[] body) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=" + StandardCharsets.US_ASCII);
            if ("close".equals(exchange.getRequestHeaders().getFirst("Connection"))) {
                // The server does close it then, but does not say so: the client could use it once more.
                exchange.getResponseHeaders().set("Connection", "close");
            }
            exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        }
    }
}
