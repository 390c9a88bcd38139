import java.sql.*;

/** A driver whose engine is native code, asked for a connection. */
public class DSqlite {
    public static void main(String[] a) throws Exception {
        try (Connection c = DriverManager.getConnection("jdbc:sqlite::memory:")) {
            System.out.println(c.getMetaData().getDatabaseProductName());
        }
    }
}
