import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Defines each NAME.class of a folder and compares what HotSpot says with NAME.expect. Arguments: the folder, and the
 * class's name if not T. HotSpot looks for supertypes while it parses; files where that fails are passed over.
 */
public class Oracle {
    static class Loader extends ClassLoader {
        String verdict(String name, byte[] bytes) {
            try {
                defineClass(name, bytes, 0, bytes.length);
                return "ok";
            } catch (UnsupportedClassVersionError error) {
                return "UnsupportedClassVersionError: " + error.getMessage();
            } catch (ClassFormatError error) {
                return "ClassFormatError: " + error.getMessage();
            } catch (NoClassDefFoundError error) {
                boolean ours = error.getCause() == null && String.valueOf(error.getMessage()).contains(" ");
                return ours ? "NoClassDefFoundError: " + error.getMessage() : null;
            } catch (Throwable error) {
                return null;
            }
        }
    }

    public static void main(String[] args) throws IOException {
        String name = args.length > 1 ? args[1] : "T";
        List<Path> files;
        try (Stream<Path> all = Files.list(Paths.get(args[0]))) {
            files = all.filter(p -> p.toString().endsWith(".class")).sorted().collect(Collectors.toList());
        }
        int wrong = 0;
        for (Path file : files) {
            String stem = file.getFileName().toString().replace(".class", "");
            String expected = Files.readString(file.resolveSibling(stem + ".expect"));
            String got = new Loader().verdict(name, Files.readAllBytes(file));
            if (got != null && !got.equals(expected)) {
                wrong++;
                System.out.println(stem + "\n  expected " + expected + "\n  HotSpot  " + got);
            }
        }
        System.out.println(files.size() + " cases, " + wrong + " differ");
    }
}
