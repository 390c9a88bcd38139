import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Many connections at once that ask the server and check what it answers, until the time is over.
 * Arguments: base URI, number of connections, seconds, seconds between two looks at its own live set
 * (0: never), and for TLS a key store. Prints `live BYTES` at each look and `requests N errors N` at the end.
 */
public class Client {
    static final AtomicLong requests = new AtomicLong();
    static final AtomicLong errors = new AtomicLong();

    public static void main(String[] args) throws Exception {
        String base = args[0];
        int connections = Integer.parseInt(args[1]);
        long seconds = Long.parseLong(args[2]);
        long interval = Long.parseLong(args[3]);
        HttpClient.Builder builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
        if (args.length > 4) {
            builder.sslContext(Tls.context(args[4]));
        }
        HttpClient client = builder.build();
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        CountDownLatch running = new CountDownLatch(connections);
        for (int i = 0; i < connections; i++) {
            int seed = i;
            new Thread(() -> {
                Random random = new Random(seed);
                while (System.nanoTime() < end) {
                    ask(client, base, random);
                }
                running.countDown();
            }).start();
        }
        for (long at = interval; interval > 0 && at < seconds; at += interval) {
            Thread.sleep(interval * 1000);
            System.out.println("live " + Live.bytes());
        }
        running.await();
        System.out.println("requests " + requests + " errors " + errors);
        System.exit(errors.get() == 0 ? 0 : 1);
    }

    static void ask(HttpClient client, String base, Random random) {
        try {
            byte[] expected;
            HttpRequest.Builder request = HttpRequest.newBuilder();
            if (random.nextInt(4) == 0) {
                expected = new byte[random.nextInt(20_000)];
                random.nextBytes(expected);
                request.uri(URI.create(base + "/echo")).POST(BodyPublishers.ofByteArray(expected));
            } else {
                int number = random.nextInt(100_000);
                expected = Texts.of(number);
                request.uri(URI.create(base + "/text/" + number));
            }
            HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
            if (response.statusCode() != 200 || !Arrays.equals(response.body(), expected)) {
                throw new IllegalStateException("wrong answer: " + response);
            }
            requests.incrementAndGet();
        } catch (Exception e) {
            if (errors.incrementAndGet() <= 5) {
                e.printStackTrace();
            }
        }
    }
}
