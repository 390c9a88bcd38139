import com.sleepycat.je.*;
import java.io.File;
import java.util.*;

/** Berkeley DB's Java edition: its own log files, cleaner threads, locks and transactions. */
public class DBdb {
    static DatabaseEntry entry(String s) { return new DatabaseEntry(s.getBytes()); }

    static void write(Environment env, Database db, int first) {
        try {
            for (int i = 0; i < 200; i++) {
                Transaction x = env.beginTransaction(null, null);
                db.put(x, entry(String.format("k%05d", first + i * 3)), entry("v" + i));
                if (i % 10 == 9) x.abort(); else x.commitNoSync();
            }
        } catch (DatabaseException e) {
            throw new IllegalStateException(e);
        }
    }

    public static void main(String[] a) throws Exception {
        new File("o/je").mkdirs();
        EnvironmentConfig config = new EnvironmentConfig();
        config.setAllowCreate(true);
        config.setTransactional(true);
        DatabaseConfig dbConfig = new DatabaseConfig();
        dbConfig.setAllowCreate(true);
        dbConfig.setTransactional(true);
        for (int round = 0; round < 2; round++) {
            Environment env = new Environment(new File("o/je"), config);
            Database db = env.openDatabase(null, "words", dbConfig);
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 3; t++) {
                int part = t, base = round * 1000;
                threads.add(new Thread(() -> write(env, db, base + part)));
            }
            for (Thread t : threads) t.start();
            for (Thread t : threads) t.join();
            DatabaseEntry k = new DatabaseEntry(), v = new DatabaseEntry();
            int count = 0, hash = 0;
            Cursor c = db.openCursor(null, null);
            try {
                while (c.getNext(k, v, LockMode.DEFAULT) == OperationStatus.SUCCESS) {
                    count++;
                    hash = hash * 31 + new String(k.getData()).hashCode() ^ new String(v.getData()).hashCode();
                }
            } finally {
                c.close();
            }
            System.out.println(count + " " + hash + " " + db.count());
            db.close();
            env.cleanLog();
            env.close();
        }
    }
}
