import java.io.*;
import java.nio.file.*;
import java.util.*;
import org.eclipse.jgit.api.*;
import org.eclipse.jgit.diff.*;
import org.eclipse.jgit.lib.*;
import org.eclipse.jgit.merge.MergeStrategy;
import org.eclipse.jgit.revwalk.*;

/** A repository: commits, branches, a merge with a conflict, a clone, packing. */
public class DJgit {
    static final PersonIdent WHO = new PersonIdent("A U Thor", "a@b.c", new Date(1_600_000_000_000L), TimeZone.getTimeZone("UTC"));

    static RevCommit commit(Git g, String message) throws Exception {
        g.add().addFilepattern(".").call();
        return g.commit().setAuthor(WHO).setCommitter(WHO).setMessage(message).call();
    }

    public static void main(String[] a) throws Exception {
        Path dir = Files.createDirectories(Path.of("o/repo"));
        Git g = Git.init().setDirectory(dir.toFile()).call();
        Path f = dir.resolve("a.txt");
        for (int i = 0; i < 20; i++) {
            Files.writeString(f, "line\n".repeat(i) + "end " + i + "\n");
            commit(g, "change " + i);
        }
        System.out.println(g.getRepository().resolve("HEAD").name());
        String main = g.getRepository().getBranch();
        g.checkout().setCreateBranch(true).setName("side").call();
        Files.writeString(dir.resolve("b.txt"), "side\n");
        Files.writeString(f, "side\n");
        commit(g, "on the side");
        g.checkout().setName(main).call();
        Files.writeString(f, "main\n");
        commit(g, "on main");
        MergeResult m = g.merge().include(g.getRepository().resolve("side")).call();
        System.out.println(m.getMergeStatus() + " " + m.getConflicts().keySet());
        System.out.println(Files.readString(f).replaceAll("[0-9a-f]{40}", "ID"));
        Files.writeString(f, "both\n");
        System.out.println(commit(g, "merged").getParentCount());
        g.tag().setName("v1").setTagger(WHO).setMessage("first").call();
        int n = 0;
        for (RevCommit c : g.log().call()) n += c.getShortMessage().length();
        System.out.println(n);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (DiffFormatter d = new DiffFormatter(out)) {
            d.setRepository(g.getRepository());
            d.format(g.getRepository().resolve("HEAD~3^{tree}"), g.getRepository().resolve("HEAD^{tree}"));
        }
        System.out.println(out);
        g.gc().call();
        Git clone = Git.cloneRepository().setURI(dir.toUri().toString()).setDirectory(new File("o/clone")).call();
        System.out.println(clone.getRepository().resolve("HEAD").equals(g.getRepository().resolve("HEAD")) + " " + clone.status().call().isClean() + " " + clone.tagList().call().size());
        System.out.println(g.blame().setFilePath("a.txt").call().getSourceCommit(0).getShortMessage());
    }
}
