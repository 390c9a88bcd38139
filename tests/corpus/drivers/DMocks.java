import static org.assertj.core.api.Assertions.*;
import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.*;
import static org.mockito.Mockito.*;

import java.util.*;
import java.util.function.*;
import org.easymock.EasyMock;
import org.mockito.ArgumentCaptor;

/** Mocks of interfaces and of classes, and what assertions say when they fail. */
public class DMocks {
    public static class Service {
        public String find(int id) { return "real " + id; }
        public void store(String s) { }
    }

    interface Repository { int size(); List<String> all(String prefix) throws Exception; }

    public static void main(String[] a) throws Exception {
        Repository r = mock(Repository.class);
        when(r.size()).thenReturn(1, 2, 3);
        when(r.all(org.mockito.ArgumentMatchers.startsWith("x"))).thenAnswer(i -> Arrays.asList(i.getArgument(0), "y"));
        when(r.all("bad")).thenThrow(new java.io.IOException("no"));
        System.out.println(r.size() + " " + r.size() + " " + r.size() + " " + r.size() + " " + r.all("xa") + r.all("z"));
        try { r.all("bad"); } catch (java.io.IOException e) { System.out.println(e.getMessage()); }
        verify(r, times(4)).size();
        try { verify(r, org.mockito.Mockito.never()).size(); } catch (Error e) { System.out.println(e.getClass().getSimpleName()); }
        Service s = spy(new Service());
        doReturn("fake").when(s).find(7);
        System.out.println(s.find(7) + " " + s.find(8));
        ArgumentCaptor<String> seen = ArgumentCaptor.forClass(String.class);
        s.store("a");
        s.store("b");
        verify(s, atLeastOnce()).store(seen.capture());
        System.out.println(seen.getAllValues());
        Repository easy = EasyMock.createMock(Repository.class);
        EasyMock.expect(easy.size()).andReturn(42).times(2);
        EasyMock.replay(easy);
        System.out.println(easy.size() + easy.size());
        try { easy.size(); } catch (AssertionError e) { System.out.println(e.getMessage().trim().split("\n")[0]); }
        check(() -> org.assertj.core.api.Assertions.assertThat(Arrays.asList(1, 2, 3)).hasSize(3).contains(2).doesNotContain(1));
        check(() -> org.assertj.core.api.Assertions.assertThat("frodo").startsWith("fro").isEqualToIgnoringCase("Sam"));
        check(() -> assertThatThrownBy(() -> { throw new IllegalStateException("x"); }).isInstanceOf(RuntimeException.class).hasMessage("y"));
        check(() -> assertThat(Map.of("a", 1), hasEntry("a", 2)));
        check(() -> assertThat(5, allOf(greaterThan(3), lessThan(5))));
    }

    static void check(Runnable r) {
        try { r.run(); System.out.println("holds"); } catch (AssertionError e) { System.out.println(e.getMessage().trim()); }
    }
}
