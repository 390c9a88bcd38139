// Programs that can not be started, children that are killed or close their streams, too much of them.

import java.io.*;
import java.nio.file.*;
import java.util.*;
import java.util.concurrent.*;

public class BrokenProcesses {
    static Path root;

    static void show(String what, Callable<?> action) {
        String result;
        try {
            result = "-> " + action.call();
        } catch (Throwable e) {
            StringBuilder text = new StringBuilder(e.toString());
            for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) text.append(" <- ").append(cause);
            result = text.toString();
        }
        System.out.println((what + ": " + result).replace(root.toString(), "ROOT"));
    }

    static Process sh(String script) throws IOException {
        return new ProcessBuilder("sh", "-c", script).start();
    }

    /** Waits until the thread that sees the end of a process has closed the stream to it. */
    static void awaitClosed(OutputStream out) throws Exception {
        for (int i = 0; i < 1000; i++) {
            try {
                out.write(1);
                out.flush();
            } catch (IOException e) {
                if (e.getMessage().equals("Stream closed")) return;
            }
            Thread.sleep(10);
        }
    }

    static int descriptors() {
        return new File("/proc/self/fd").list().length;
    }

    public static void main(String[] args) throws Exception {
        root = Files.createTempDirectory("processes");
        run();
        settle();
        int before = descriptors();
        run();
        settle();
        System.out.println("leaked " + (descriptors() - before));
        Files.delete(root);
    }

    static void settle() throws Exception {
        for (int i = 0; i < 10; i++) {
            System.gc();
            Thread.sleep(20);
        }
    }

    static void run() throws Exception {
        Path script = Files.writeString(root.resolve("script"), "echo headless $0 $1\n");
        Path headed = Files.writeString(root.resolve("headed"), "#!/no/such/interpreter\n");
        Path binary = Files.write(root.resolve("binary"), new byte[] {0x7f, 'E', 'L', 'F', 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
        show("missing", () -> new ProcessBuilder("no-such-program").start());
        show("missing path", () -> new ProcessBuilder("/no/such/program", "a").start());
        show("relative", () -> new ProcessBuilder("./script").directory(root.toFile()).start());
        show("not executable", () -> new ProcessBuilder(script.toString()).start());
        for (Path p : List.of(script, headed, binary)) p.toFile().setExecutable(true);
        show("headless", () -> text(new ProcessBuilder(script.toString(), "x").start()));
        show("headless relative", () -> text(new ProcessBuilder("./script", "x").directory(root.toFile()).start()));
        show("no interpreter", () -> text(new ProcessBuilder(headed.toString()).start()));
        show("not ELF", () -> text(new ProcessBuilder(binary.toString()).start()));
        show("directory as program", () -> new ProcessBuilder(root.toString()).start());
        show("no directory", () -> new ProcessBuilder("true").directory(new File("/no/such")).start());
        show("file as directory", () -> new ProcessBuilder("true").directory(script.toFile()).start());
        show("no directory, no program", () -> new ProcessBuilder("no-such-program").directory(new File("/no/such")).start());
        show("empty command", () -> new ProcessBuilder().start());
        show("empty name", () -> new ProcessBuilder("").start());
        show("null argument", () -> new ProcessBuilder("true", null).start());
        show("exec empty", () -> Runtime.getRuntime().exec(""));
        show("exec null", () -> Runtime.getRuntime().exec((String) null));
        show("long argument", () -> text(new ProcessBuilder("true", "x".repeat(200_000)).start()));
        show("long arguments", () -> { String[] c = new String[200]; Arrays.fill(c, "y".repeat(100_000)); c[0] = "true"; return text(new ProcessBuilder(c).start()); });
        show("long environment", () -> { var b = new ProcessBuilder("true"); b.environment().put("A", "y".repeat(200_000)); return text(b.start()); });
        show("long name", () -> new ProcessBuilder("n".repeat(300)).start());
        show("input missing", () -> new ProcessBuilder("true").redirectInput(root.resolve("no").toFile()).start());
        show("output directory", () -> new ProcessBuilder("true").redirectOutput(root.toFile()).start());
        show("output lost", () -> new ProcessBuilder("true").redirectOutput(root.resolve("no/out").toFile()).start());
        show("error lost", () -> new ProcessBuilder("true").redirectError(root.resolve("no/out").toFile()).start());
        show("pipeline", () -> ProcessBuilder.startPipeline(List.of(new ProcessBuilder("echo", "a"), new ProcessBuilder("no-such-program"))));
        show("pipeline redirected", () -> ProcessBuilder.startPipeline(List.of(new ProcessBuilder("echo").inheritIO(), new ProcessBuilder("cat"))));
        for (int signal : new int[] {1, 2, 6, 9, 11, 15}) {
            show("killed by " + signal, () -> { Process p = sh("echo before; kill -" + signal + " $$; echo after"); return text(p); });
        }
        show("code 256", () -> sh("exit 256").waitFor());
        show("code -1", () -> sh("exit 255").waitFor());
        show("destroy", () -> { Process p = sh("exec sleep 100"); p.destroy(); return p.waitFor() + " " + p.isAlive(); });
        show("destroy forcibly", () -> { Process p = sh("exec sleep 100"); p.destroyForcibly(); return p.waitFor() + " " + p.exitValue(); });
        show("destroy twice", () -> { Process p = sh("exec sleep 100"); p.destroyForcibly().waitFor(); p.destroy(); p.toHandle().destroy(); return p.toHandle().isAlive(); });
        show("handle", () -> { Process p = sh("exec sleep 100"); boolean done = p.toHandle().destroyForcibly(); return done + " " + p.waitFor() + " " + p.toHandle().onExit().get(5, TimeUnit.SECONDS).isAlive(); });
        show("self", () -> ProcessHandle.current().destroy());
        show("self onExit", () -> ProcessHandle.current().onExit());
        show("exit value early", () -> { Process p = sh("exec sleep 100"); try { return p.exitValue(); } finally { p.destroyForcibly().waitFor(); } });
        show("wait timed", () -> { Process p = sh("exec sleep 100"); try { return p.waitFor(30, TimeUnit.MILLISECONDS); } finally { p.destroyForcibly().waitFor(); } });
        show("read ends", () -> { Process p = sh("exec sleep 100"); new Thread(() -> { try { Thread.sleep(50); } catch (InterruptedException e) { } p.destroyForcibly(); }).start(); int n = p.getInputStream().read(); return n + " " + p.waitFor() + " " + p.getInputStream().read() + " " + p.getErrorStream().read(); });
        show("read closed", () -> { Process p = sh("exec sleep 100"); p.getInputStream().close(); p.destroyForcibly().waitFor(); return p.getInputStream().read(); });
        show("broken stdin", () -> { Process p = sh("exec <&-; echo closed; exec sleep 100"); p.getInputStream().read(); try { var out = p.getOutputStream(); out.write(new byte[100_000]); out.flush(); return 0; } finally { p.destroyForcibly().waitFor(); } });
        show("broken stdin small", () -> { Process p = sh("exec <&-; echo closed; exec sleep 100"); p.getInputStream().read(); try (var out = p.getOutputStream()) { out.write(1); } finally { p.destroyForcibly().waitFor(); } return 0; });
        show("stdin after end", () -> { Process p = sh("exit 0"); p.waitFor(); var out = p.getOutputStream(); awaitClosed(out); out.write(1); out.flush(); return 0; });
        show("output after end", () -> { Process p = sh("echo late; echo bad >&2"); p.waitFor(); return text(p) + new String(p.getErrorStream().readAllBytes()); });
        show("writer", () -> { Process p = sh("exit 3"); p.waitFor(); awaitClosed(p.getOutputStream()); var out = new PrintWriter(p.getOutputStream()); out.println("x"); out.flush(); return out.checkError() + " " + p.exitValue(); });
        show("streams closed", () -> { Process p = sh("cat"); p.getOutputStream().close(); p.getOutputStream().write(1); return 0; });
        show("grandchild holds output", () -> { Process p = sh("sleep 0.2 & echo started"); int code = p.waitFor(); return text(p) + code; });
        show("interrupted wait", () -> { Process p = sh("exec sleep 100"); Thread.currentThread().interrupt(); try { return p.waitFor(); } finally { Thread.interrupted(); p.destroyForcibly().waitFor(); } });
        show("many", () -> { List<Process> all = new ArrayList<>(); for (int i = 0; i < 40; i++) all.add(sh("echo " + i + "; exit " + i)); int sum = 0; for (Process p : all) { sum += p.waitFor(); text(p); } return sum; });
        for (Path p : List.of(script, headed, binary)) Files.delete(p);
    }

    static String text(Process p) throws Exception {
        String text = new String(p.getInputStream().readAllBytes());
        p.getOutputStream().close();
        return text.strip() + " " + p.waitFor();
    }
}
