import static org.junit.Assert.*;
import static org.junit.Assume.assumeTrue;

import java.util.*;
import org.junit.*;
import org.junit.experimental.theories.*;
import org.junit.rules.*;
import org.junit.runner.*;
import org.junit.runners.*;

/** Rules, parameters, theories, time limits and failures of JUnit 4, and TestNG's groups and providers. */
public class DJUnit4 {
    @FixMethodOrder(MethodSorters.NAME_ASCENDING)
    public static class Plain {
        @Rule public TemporaryFolder folder = new TemporaryFolder();
        @Rule public ExpectedException thrown = ExpectedException.none();
        @Rule public TestName name = new TestName();
        @Test public void a() throws Exception { assertTrue(folder.newFile("x").exists()); }
        @Test public void b() { thrown.expect(ArithmeticException.class); System.out.println(1 / (name.getMethodName().length() - 1)); }
        @Test public void c() { assertEquals("texts", "abcde", "abxde"); }
        @Test(timeout = 200) public void d() throws Exception { Thread.sleep(60_000); }
        @Test @Ignore("why") public void e() { }
        @Test public void f() { assumeTrue(false); }
        @Test(expected = NullPointerException.class) public void g() { Object o = null; o.hashCode(); }
        @Test public void h() { assertArrayEquals(new int[][] {{1}, {2, 3}}, new int[][] {{1}, {2, 4}}); }
    }

    @RunWith(Parameterized.class)
    public static class Squares {
        @Parameterized.Parameters(name = "{0}^2") public static Iterable<Object[]> data() { return Arrays.asList(new Object[][] {{2, 4}, {3, 9}, {4, 15}}); }
        @Parameterized.Parameter public int n;
        @Parameterized.Parameter(1) public int square;
        @Test public void squares() { assertEquals(square, n * n); }
    }

    @RunWith(Theories.class)
    public static class Signs {
        @DataPoints public static int[] numbers = {-1, 0, 5};
        @Theory public void sum(int a, int b) { assertEquals(a + b, b + a); }
    }

    public static class Groups {
        @org.testng.annotations.DataProvider(name = "p") public Object[][] p() { return new Object[][] {{1}, {2}}; }
        @org.testng.annotations.Test(dataProvider = "p") public void odd(int n) { org.testng.Assert.assertEquals(n % 2, 1); }
        @org.testng.annotations.Test(groups = "g") public void first() { }
        @org.testng.annotations.Test(dependsOnMethods = "odd") public void skipped() { }
        @org.testng.annotations.Test(invocationCount = 5, threadPoolSize = 3) public void many() { }
    }

    public static void main(String[] a) throws Exception {
        for (Class<?> c : new Class<?>[] {Plain.class, Squares.class, Signs.class}) {
            Result r = new JUnitCore().run(c);
            System.out.println(c.getSimpleName() + " " + r.getRunCount() + " " + r.getFailureCount() + " " + r.getIgnoreCount());
            r.getFailures().forEach(f -> System.out.println("  " + f.getTestHeader() + ": " + f.getMessage()));
        }
        org.testng.TestNG ng = new org.testng.TestNG(false);
        org.testng.TestListenerAdapter seen = new org.testng.TestListenerAdapter();
        ng.setTestClasses(new Class<?>[] {Groups.class});
        ng.setVerbose(0);
        ng.setOutputDirectory("o/ng");
        ng.addListener(seen);
        ng.run();
        System.out.println(seen.getPassedTests().size() + " " + seen.getFailedTests().size() + " " + seen.getSkippedTests().size());
    }
}
