import java.nio.file.*;
import java.sql.*;
import java.util.*;

/** A database in files: transactions, two connections that meet, closing and opening again. */
public class DFiles {
    public static void main(String[] a) throws Exception {
        String url = a[0];
        String again = a.length > 1 ? a[1] : url;
        try (Connection c = DriverManager.getConnection(url, "sa", "")) {
            Statement s = c.createStatement();
            s.execute("create table account(id int primary key, owner varchar(30), amount decimal(12,2))");
            s.execute("create table moved(id int primary key, source int, target int, amount decimal(12,2))");
            PreparedStatement p = c.prepareStatement("insert into account values (?, ?, ?)");
            for (int i = 0; i < 500; i++) {
                p.setInt(1, i);
                p.setString(2, "owner " + i % 17);
                p.setBigDecimal(3, new java.math.BigDecimal(i * 3 + ".50"));
                p.addBatch();
            }
            System.out.println(p.executeBatch().length);
            c.setAutoCommit(false);
            PreparedStatement take = c.prepareStatement("update account set amount = amount + ? where id = ?");
            PreparedStatement note = c.prepareStatement("insert into moved values (?, ?, ?, ?)");
            Random random = new Random(5);
            for (int i = 0; i < 200; i++) {
                int from = random.nextInt(500), to = random.nextInt(500);
                java.math.BigDecimal amount = new java.math.BigDecimal(random.nextInt(1000)).movePointLeft(1);
                take.setBigDecimal(1, amount.negate());
                take.setInt(2, from);
                take.executeUpdate();
                take.setBigDecimal(1, amount);
                take.setInt(2, to);
                take.executeUpdate();
                note.setInt(1, i);
                note.setInt(2, from);
                note.setInt(3, to);
                note.setBigDecimal(4, amount);
                note.executeUpdate();
                if (i % 5 == 0) c.rollback(); else c.commit();
            }
            c.commit();
            c.setAutoCommit(true);
            s.execute("create index by_owner on account(owner)");
            try { s.execute("insert into account values (1, 'twice', 0)"); } catch (SQLException e) { System.out.println(e.getSQLState()); }
        }
        if (url.contains("derby")) {
            try { DriverManager.getConnection(again + ";shutdown=true"); } catch (SQLException e) { System.out.println(e.getSQLState()); }
        }
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 3; t++) {
            int part = t;
            threads.add(new Thread(() -> {
                try (Connection c = DriverManager.getConnection(again, "sa", "")) {
                    c.createStatement().executeUpdate("update account set amount = amount + 1 where mod(id, 3) = " + part);
                } catch (SQLException e) {
                    e.printStackTrace();
                }
            }));
        }
        try (Connection c = DriverManager.getConnection(again, "sa", "")) {
            for (Thread t : threads) t.start();
            for (Thread t : threads) t.join();
            print(c, "select count(*), sum(amount) from account");
            print(c, "select count(*), max(amount) from moved");
            print(c, "select owner, count(*), sum(amount) from account group by owner having count(*) > 29 order by owner");
            print(c, "select m.id, x.owner, y.owner from moved m join account x on x.id = m.source join account y on y.id = m.target where m.amount > 95 order by m.id");
            ResultSet tables = c.getMetaData().getColumns(null, null, "MOVED", null);
            while (tables.next()) System.out.println(tables.getString("COLUMN_NAME") + " " + tables.getString("TYPE_NAME"));
            if (url.contains("hsqldb")) c.createStatement().execute("shutdown");
        }
        try (var files = Files.walk(Path.of("o"))) { System.out.println(files.filter(Files::isRegularFile).count() > 0); }
    }

    static void print(Connection c, String query) throws SQLException {
        ResultSet r = c.createStatement().executeQuery(query);
        int n = r.getMetaData().getColumnCount();
        while (r.next()) {
            StringBuilder line = new StringBuilder();
            for (int i = 1; i <= n; i++) line.append(r.getObject(i)).append(' ');
            System.out.println(line.toString().trim());
        }
    }
}
