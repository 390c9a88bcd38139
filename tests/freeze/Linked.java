import com.sun.net.httpserver.*;

/** The verifier has to load classes of another module before this can run. */
public class Linked {
    static Authenticator authenticator() {
        return new BasicAuthenticator("realm") {
            @Override public boolean checkCredentials(String user, String password) { return true; }
        };
    }
    static class Filtering extends Filter {
        @Override public void doFilter(HttpExchange exchange, Chain chain) { }
        @Override public String description() { return "filter"; }
    }
    static Filter filter(boolean none) { return none ? null : new Filtering(); }
    public static void main(String[] args) {
        BasicAuthenticator own = (BasicAuthenticator) authenticator();
        Authenticator as = own;
        System.out.println(own.getRealm() + " " + (as == own) + " " + filter(false).description());
    }
}
