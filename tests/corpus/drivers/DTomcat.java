import jakarta.servlet.*;
import jakarta.servlet.http.*;
import java.io.*;
import java.net.*;
import java.net.http.*;
import java.nio.file.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.logging.*;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;

/** A whole server in the process: sessions, filters, asynchronous requests, a page of JSP. */
public class DTomcat {
    public static void main(String[] a) throws Exception {
        Logger.getLogger("").setLevel(Level.SEVERE);
        Path base = Files.createTempDirectory(Path.of("o"), "base");
        Files.writeString(base.resolve("page.jsp"),
            "<%@ page import=\"java.util.*\" %><% for (int i = 0; i < 3; i++) { %><b><%= i * i %></b><% } %>${1 + 2}");
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(base.toString());
        tomcat.setPort(0);
        tomcat.getConnector();
        Context context = tomcat.addWebapp("", base.toAbsolutePath().toString());
        Tomcat.addServlet(context, "count", new HttpServlet() {
            protected void doGet(HttpServletRequest q, HttpServletResponse r) throws IOException {
                HttpSession s = q.getSession();
                Integer n = (Integer) s.getAttribute("n");
                s.setAttribute("n", n == null ? 1 : n + 1);
                r.setContentType("text/plain");
                r.getWriter().print("visit " + s.getAttribute("n") + " " + new TreeMap<>(q.getParameterMap()).keySet());
            }
            protected void doPost(HttpServletRequest q, HttpServletResponse r) throws IOException {
                byte[] body = q.getInputStream().readAllBytes();
                r.setStatus(201);
                r.getOutputStream().write(("got " + body.length).getBytes());
            }
        });
        context.addServletMappingDecoded("/count", "count");
        var later = Tomcat.addServlet(context, "later", new HttpServlet() {
            protected void doGet(HttpServletRequest q, HttpServletResponse r) {
                AsyncContext x = q.startAsync();
                x.start(() -> {
                    try { x.getResponse().getWriter().print("later"); } catch (IOException e) { throw new UncheckedIOException(e); }
                    x.complete();
                });
            }
        });
        later.setAsyncSupported(true);
        context.addServletMappingDecoded("/later", "later");
        tomcat.start();
        String at = "http://127.0.0.1:" + tomcat.getConnector().getLocalPort();
        HttpClient client = HttpClient.newBuilder().cookieHandler(new CookieManager()).version(HttpClient.Version.HTTP_1_1).build();
        var text = HttpResponse.BodyHandlers.ofString();
        for (int i = 0; i < 3; i++) System.out.println(client.send(HttpRequest.newBuilder(URI.create(at + "/count?x=1&a=b")).build(), text).body());
        var post = HttpRequest.newBuilder(URI.create(at + "/count")).POST(HttpRequest.BodyPublishers.ofByteArray(new byte[100_000])).build();
        System.out.println(client.send(post, text).statusCode() + " " + client.send(post, text).body());
        System.out.println(client.send(HttpRequest.newBuilder(URI.create(at + "/later")).build(), text).body());
        System.out.println(client.send(HttpRequest.newBuilder(URI.create(at + "/page.jsp")).build(), text).body());
        System.out.println(client.send(HttpRequest.newBuilder(URI.create(at + "/none")).build(), text).statusCode());
        List<CompletableFuture<String>> many = new ArrayList<>();
        for (int i = 0; i < 30; i++)
            many.add(client.sendAsync(HttpRequest.newBuilder(URI.create(at + "/later?" + i)).build(), text).thenApply(HttpResponse::body));
        System.out.println(new HashSet<>(many.stream().map(CompletableFuture::join).toList()));
        tomcat.stop();
        tomcat.destroy();
        System.exit(0);
    }
}
