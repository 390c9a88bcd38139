import java.net.URI;
import java.nio.file.*;
import java.nio.file.Files;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.*;
import java.util.*;
import java.util.Collections;
import java.util.concurrent.Callable;
import java.util.logging.*;
import java.util.prefs.*;
import java.io.*;

/** Parts of the class library that are found through services and files: zip file systems, drivers, logging, preferences. */
public class Services {
    static void show(String what, Callable<?> act) {
        try {
            System.out.println(what + ": " + act.call());
        } catch (Throwable e) {
            System.out.println(what + ": " + e.getClass().getName() + ": " + e.getMessage());
        }
    }

    static void zip(Path folder) throws Exception {
        Path file = folder.resolve("a.zip");
        URI uri = URI.create("jar:" + file.toUri());
        try (FileSystem zip = FileSystems.newFileSystem(uri, Map.of("create", "true"))) {
            Files.createDirectories(zip.getPath("/x/y"));
            Files.writeString(zip.getPath("/x/y/hello.txt"), "hello\n".repeat(1000));
            Files.write(zip.getPath("/x/empty"), new byte[0]);
            Files.copy(zip.getPath("/x/y/hello.txt"), zip.getPath("/copy.txt"));
            Files.move(zip.getPath("/copy.txt"), zip.getPath("/x/moved.txt"));
            show("twice", () -> FileSystems.newFileSystem(uri, Map.of()));
            show("same", () -> FileSystems.getFileSystem(uri) == zip);
            show("exists", () -> Files.createDirectory(zip.getPath("/x")));
            show("not empty", () -> { Files.delete(zip.getPath("/x")); return 0; });
            show("missing", () -> Files.readString(zip.getPath("/none")));
        }
        try (FileSystem zip = FileSystems.newFileSystem(file)) {
            List<String> names = new ArrayList<>();
            Files.walkFileTree(zip.getPath("/"), new SimpleFileVisitor<>() {
                public FileVisitResult visitFile(Path p, BasicFileAttributes a) {
                    names.add(p + " " + a.size());
                    return FileVisitResult.CONTINUE;
                }
            });
            Collections.sort(names);
            System.out.println(names + " " + zip.isReadOnly() + " " + zip.provider().getScheme());
            System.out.println(Files.readAllLines(zip.getPath("/x/y/hello.txt")).size() + " " + Files.isDirectory(zip.getPath("x")));
            try (var stream = Files.newDirectoryStream(zip.getPath("/x"), "*.txt")) {
                stream.forEach(System.out::println);
            }
            Files.delete(zip.getPath("/x/empty"));
        }
        try (java.util.zip.ZipFile zip = new java.util.zip.ZipFile(file.toFile())) {
            System.out.println(zip.stream().map(Object::toString).sorted().toList());
        }
        Files.writeString(folder.resolve("bad.zip"), "not a zip file");
        show("bad", () -> FileSystems.newFileSystem(folder.resolve("bad.zip")));
        try (FileSystem image = FileSystems.newFileSystem(URI.create("jrt:/"), Map.of())) {
            System.out.println(Files.exists(image.getPath("/modules/java.base/java/lang/Object.class")));
        } catch (UnsupportedOperationException e) {
            System.out.println(e);
        }
        System.out.println(Files.exists(Path.of(URI.create("jrt:/java.sql/java/sql/Driver.class"))));
    }

    static class Memory implements Driver {
        public Connection connect(String url, Properties info) throws SQLException {
            if (!acceptsURL(url)) return null;
            if (url.endsWith("fail")) throw new SQLException("no such place", "08001", 17);
            return (Connection) java.lang.reflect.Proxy.newProxyInstance(Services.class.getClassLoader(), new Class<?>[] {Connection.class}, (p, m, a) ->
                switch (m.getName()) {
                    case "getCatalog" -> info.getProperty("user");
                    case "close" -> null;
                    default -> throw new SQLFeatureNotSupportedException(m.getName());
                });
        }
        public boolean acceptsURL(String url) { return url.startsWith("jdbc:memory:"); }
        public DriverPropertyInfo[] getPropertyInfo(String u, Properties i) { return new DriverPropertyInfo[0]; }
        public int getMajorVersion() { return 1; }
        public int getMinorVersion() { return 2; }
        public boolean jdbcCompliant() { return false; }
        public java.util.logging.Logger getParentLogger() { return Logger.getGlobal(); }
    }

    static void sql() throws Exception {
        show("none", () -> DriverManager.getConnection("jdbc:memory:x"));
        DriverManager.registerDriver(new Memory());
        try (Connection c = DriverManager.getConnection("jdbc:memory:x", "me", "secret")) {
            System.out.println(c.getCatalog());
            show("statement", c::createStatement);
        }
        show("fail", () -> { try { return DriverManager.getConnection("jdbc:memory:fail"); } catch (SQLException e) { return e.getSQLState() + " " + e.getErrorCode() + " " + e; } });
        show("unknown", () -> DriverManager.getConnection("jdbc:other:x"));
        System.out.println(DriverManager.drivers().filter(d -> d instanceof Memory).count() + " " + DriverManager.getLoginTimeout());
        System.out.println(Timestamp.valueOf("2024-02-29 12:34:56.789").toLocalDateTime() + " " + java.sql.Date.valueOf("1999-12-31") + " " + Time.valueOf("01:02:03").toLocalTime());
        SQLException chain = new SQLException("a", new SQLException("b"));
        chain.setNextException(new BatchUpdateException("c", new int[] {1, -3}));
        for (Throwable t : chain) System.out.println(t);
        show("rowset", () -> { var set = javax.sql.rowset.RowSetProvider.newFactory().createCachedRowSet(); set.setPageSize(3); return set.size() + " " + set.getPageSize(); });
    }

    static void logging(Path folder) throws Exception {
        Path log = folder.resolve("app.log");
        String config = """
                handlers=java.util.logging.ConsoleHandler, java.util.logging.FileHandler
                java.util.logging.FileHandler.pattern=%s
                java.util.logging.FileHandler.formatter=java.util.logging.SimpleFormatter
                java.util.logging.FileHandler.level=ALL
                java.util.logging.ConsoleHandler.level=WARNING
                java.util.logging.SimpleFormatter.format=%%4$s %%3$s %%2$s %%5$s%%6$s%%n
                .level=INFO
                app.level=FINE
                app.quiet.level=OFF
                """.formatted(log);
        LogManager.getLogManager().readConfiguration(new ByteArrayInputStream(config.getBytes()));
        Logger app = Logger.getLogger("app.main");
        app.fine("fine");
        app.finer("not shown");
        app.log(Level.WARNING, "warned {0} {1}", new Object[] {1, "two"});
        app.log(Level.SEVERE, "thrown", new IllegalStateException("why"));
        Logger.getLogger("app.quiet").severe("silent");
        Logger.getLogger("other").info("other");
        System.getLogger("sys").log(System.Logger.Level.ERROR, () -> "through System.Logger");
        app.entering("C", "m", 5);
        Logger.getLogger("app").setFilter(r -> !r.getMessage().contains("x"));
        Logger.getLogger("app").info("filtered x");
        for (Handler h : Logger.getLogger("").getHandlers()) {
            h.flush();
            System.out.println(h.getClass().getSimpleName() + " " + h.getLevel() + " " + h.getEncoding());
        }
        LogManager.getLogManager().reset();
        System.out.print(Files.readString(log));
        LogManager.getLogManager().updateConfiguration(new ByteArrayInputStream(".level=FINEST".getBytes()), k -> (a, b) -> b);
        System.out.println(Logger.getLogger("").getLevel() + " " + Logger.getLogger("app.main").isLoggable(Level.FINER));
        var bean = java.lang.management.ManagementFactory.getPlatformMXBean(java.lang.management.PlatformLoggingMXBean.class);
        bean.setLoggerLevel("app.main", "CONFIG");
        System.out.println(bean.getLoggerLevel("app.main") + " " + bean.getParentLoggerName("app.main"));
    }

    static void prefs(Path folder) throws Exception {
        System.setProperty("java.util.prefs.userRoot", folder.resolve("user").toString());
        System.setProperty("java.util.prefs.systemRoot", folder.resolve("system").toString());
        Files.createDirectories(folder.resolve("system"));
        Logger.getLogger("java.util.prefs").setLevel(Level.OFF);
        Preferences p = Preferences.userRoot().node("a/b");
        p.put("text", "caf\u00e9 <&>");
        p.putInt("int", 42);
        p.putByteArray("bytes", new byte[] {1, 2, 3});
        var events = new java.util.concurrent.LinkedBlockingQueue<String>();
        p.addPreferenceChangeListener(e -> events.add(e.getKey() + "=" + e.getNewValue()));
        p.putBoolean("flag", true);
        System.out.println(events.poll(10, java.util.concurrent.TimeUnit.SECONDS));
        p.node("c").putDouble("d", 0.5);
        p.flush();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        p.exportSubtree(out);
        System.out.println(out.toString("UTF-8"));
        System.out.println(Arrays.toString(p.keys()) + " " + p.absolutePath() + " " + p.getInt("text", -1) + " " + p.getByteArray("bytes", null).length + " " + p);
        p.node("c").removeNode();
        show("removed", () -> p.nodeExists("c"));
        Preferences.importPreferences(new ByteArrayInputStream(out.toByteArray()));
        show("imported", () -> p.node("c").getDouble("d", 0));
        show("long", () -> { p.put("k".repeat(81), "x"); return 0; });
        Preferences.userRoot().node("a").removeNode();
        Preferences.userRoot().flush();
        show("gone", () -> p.get("text", null));
    }

    public static void main(String[] args) throws Exception {
        Path folder = Files.createTempDirectory("rvm-services");
        try {
            zip(folder);
            sql();
            logging(folder);
            prefs(folder);
        } finally {
            try (var all = Files.walk(folder)) {
                all.sorted(Comparator.reverseOrder()).forEach(p -> p.toFile().delete());
            }
        }
        System.out.println(Files.exists(folder));
    }
}
