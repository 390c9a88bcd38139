import com.sun.net.httpserver.HttpServer;
import java.io.*;
import java.net.*;
import java.util.*;
import java.util.concurrent.*;
import okhttp3.*;
import org.apache.http.client.methods.*;
import org.apache.http.entity.*;
import org.apache.http.impl.client.*;
import org.apache.http.impl.conn.PoolingHttpClientConnectionManager;
import org.apache.http.util.EntityUtils;
import org.apache.mina.core.service.IoHandlerAdapter;
import org.apache.mina.core.session.IoSession;
import org.apache.mina.filter.codec.ProtocolCodecFilter;
import org.apache.mina.filter.codec.textline.TextLineCodecFactory;
import org.apache.mina.transport.socket.nio.*;

/** OkHttp and HttpClient with their pools against the JDK's server, and a line server of MINA. */
public class DHttp {
    public static void main(String[] a) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 50);
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.createContext("/", x -> {
            byte[] in = x.getRequestBody().readAllBytes();
            byte[] out = (x.getRequestMethod() + " " + x.getRequestURI() + " " + in.length + " " + Arrays.hashCode(in)).getBytes();
            x.getResponseHeaders().add("X-A", String.valueOf(x.getRequestHeaders().getFirst("X-Q")));
            if (x.getRequestURI().getPath().equals("/old")) {
                x.getResponseHeaders().add("Location", "/new");
                x.sendResponseHeaders(302, -1);
            } else {
                x.sendResponseHeaders(200, out.length);
                x.getResponseBody().write(out);
            }
            x.close();
        });
        server.start();
        String at = "http://127.0.0.1:" + server.getAddress().getPort();
        OkHttpClient ok = new OkHttpClient.Builder().addInterceptor(c -> c.proceed(c.request().newBuilder().header("X-Q", "ok").build())).build();
        try (Response r = ok.newCall(new Request.Builder().url(at + "/old").build()).execute()) {
            System.out.println(r.code() + " " + r.header("X-A") + " " + r.body().string() + " " + (r.priorResponse() != null));
        }
        CountDownLatch all = new CountDownLatch(20);
        Set<String> bodies = new ConcurrentSkipListSet<>();
        for (int i = 0; i < 20; i++) {
            ok.newCall(new Request.Builder().url(at + "/n" + i % 4).post(RequestBody.create(null, new byte[1000])).build()).enqueue(new Callback() {
                public void onFailure(Call c, IOException e) { bodies.add(e.toString()); all.countDown(); }
                public void onResponse(Call c, Response r) throws IOException { bodies.add(r.body().string()); all.countDown(); }
            });
        }
        System.out.println(all.await(20, TimeUnit.SECONDS) + " " + bodies);
        ok.dispatcher().executorService().shutdown();
        ok.connectionPool().evictAll();
        PoolingHttpClientConnectionManager pool = new PoolingHttpClientConnectionManager();
        try (CloseableHttpClient c = HttpClients.custom().setConnectionManager(pool).build()) {
            for (int i = 0; i < 5; i++) {
                HttpPut put = new HttpPut(at + "/put" + i);
                put.setHeader("X-Q", "apache");
                put.setEntity(i % 2 == 0 ? new StringEntity("é".repeat(i * 100), "UTF-8") : new InputStreamEntity(new ByteArrayInputStream(new byte[i * 100])));
                try (CloseableHttpResponse r = c.execute(put)) { System.out.println(r.getFirstHeader("X-A").getValue() + " " + EntityUtils.toString(r.getEntity())); }
            }
            System.out.println(pool.getTotalStats().getLeased() + " " + pool.getTotalStats().getAvailable());
        }
        server.stop(0);
        ((ExecutorService) server.getExecutor()).shutdown();
        NioSocketAcceptor acceptor = new NioSocketAcceptor(2);
        acceptor.getFilterChain().addLast("lines", new ProtocolCodecFilter(new TextLineCodecFactory()));
        acceptor.setHandler(new IoHandlerAdapter() {
            public void messageReceived(IoSession s, Object m) { s.write("<" + m + ">"); }
        });
        acceptor.bind(new InetSocketAddress("127.0.0.1", 0));
        NioSocketConnector connector = new NioSocketConnector(1);
        BlockingQueue<Object> answers = new LinkedBlockingQueue<>();
        connector.getFilterChain().addLast("lines", new ProtocolCodecFilter(new TextLineCodecFactory()));
        connector.setHandler(new IoHandlerAdapter() {
            public void messageReceived(IoSession s, Object m) { answers.add(m); }
        });
        IoSession s = connector.connect(acceptor.getLocalAddress()).awaitUninterruptibly().getSession();
        for (int i = 0; i < 50; i++) s.write("m" + i);
        StringBuilder b = new StringBuilder();
        for (int i = 0; i < 50; i++) b.append(answers.poll(20, TimeUnit.SECONDS));
        System.out.println(b);
        connector.dispose();
        acceptor.dispose();
    }
}
