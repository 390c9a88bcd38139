import java.io.*;
import java.net.*;
import java.util.*;
import java.util.concurrent.atomic.AtomicInteger;
import javax.servlet.*;
import javax.servlet.http.*;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.util.StringContentProvider;
import org.eclipse.jetty.server.*;
import org.eclipse.jetty.server.handler.gzip.GzipHandler;
import org.eclipse.jetty.servlet.*;

/** Jetty's servlets and filters behind a compressing handler, asked by Jetty's own client. */
public class DServlets {
    public static class Echo extends HttpServlet {
        protected void service(HttpServletRequest q, HttpServletResponse r) throws IOException {
            String body = new String(q.getInputStream().readAllBytes());
            r.setHeader("X-Seen", String.valueOf(q.getAttribute("seen")));
            r.getWriter().print(q.getMethod() + " " + q.getPathInfo() + " " + body.length() + " " + "z".repeat(3000).hashCode());
        }
    }

    public static class Count implements Filter {
        static final AtomicInteger SEEN = new AtomicInteger();
        public void init(FilterConfig c) { }
        public void destroy() { }
        public void doFilter(ServletRequest q, ServletResponse r, FilterChain c) throws IOException, ServletException {
            q.setAttribute("seen", SEEN.incrementAndGet());
            c.doFilter(q, r);
        }
    }

    public static void main(String[] a) throws Exception {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler(ServletContextHandler.SESSIONS);
        context.addServlet(Echo.class, "/echo/*");
        context.addFilter(Count.class, "/*", EnumSet.of(DispatcherType.REQUEST));
        GzipHandler gzip = new GzipHandler();
        gzip.setHandler(context);
        server.setHandler(gzip);
        server.start();
        String at = "http://127.0.0.1:" + connector.getLocalPort();
        HttpClient client = new HttpClient();
        client.start();
        for (int i = 0; i < 5; i++) {
            var r = client.POST(at + "/echo/p" + i).content(new StringContentProvider("x".repeat(i * 5000))).send();
            System.out.println(r.getStatus() + " " + r.getHeaders().get("X-Seen") + " " + r.getContentAsString());
        }
        System.out.println(client.GET(at + "/nothing").getStatus() + " " + Count.SEEN);
        client.stop();
        server.stop();
        System.out.println(server.getState());
    }
}
