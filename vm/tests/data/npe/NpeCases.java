import java.util.*;
import java.util.function.*;

/** Each method but helpers (names with an underscore) throws one NullPointerException by itself. */
@SuppressWarnings({"rawtypes", "unused", "null", "synthetic-access"})
public class NpeCases {
    int num;
    int[] arr;
    int[][] grid;
    NpeCases next, a, b, c, d, e, f, g;
    String text;
    Integer boxed;
    long wide;
    double real;
    Object[] objs = new Object[4];
    NpeCases[] many = new NpeCases[3];
    int[] idx = {1, 2, 3};
    byte[] bidx = {1, 2};
    char[] cidx = {1, 2};
    short[] sidx = {1, 2};
    static NpeCases root;
    static NpeCases live = new NpeCases(0);
    static Object[] table;
    static String[] strings;
    static int at = 1;
    static int[][][] cube = new int[2][2][];

    NpeCases() { }
    NpeCases(int i) { }

    NpeCases _follow() { return next; }
    NpeCases _self() { return this; }
    NpeCases _pick(int i, String s) { return null; }
    int _int() { return 1; }
    long _long() { return 1; }
    static int _sint(long a, Object o) { return 1; }
    static NpeCases _make(long a, double[] b, Object o, StringBuilder sb, String... s) { return null; }
    static NpeCases _more(Object[] a, String[][] b, java.util.List<String> l, Map.Entry e, boolean z, char ch) { return null; }
    void _touch() { }
    void _args(Object o, String s, StringBuilder b, Object[] oa, String[] sa, StringBuffer c, long l, float f, byte y, short h) { }
    private void _priv() { }
    NpeCases _chain() { return this; }
    static int[] _ints() { return null; }
    static NpeCases _null() { return null; }
    interface Act { void run(Object o, String s); default void def() { } }

    void field() { int x = next.num; }
    void fieldWrite() { next.num = 1; }
    void fieldWriteLong() { next.wide = 1L; }
    void fieldWriteDouble() { next.real = _sint(1, null); }
    void fieldOps() { next.num += 4; }
    void fieldIncrement() { next.num++; }
    void fieldLongIncrement() { next.wide++; }
    void staticField() { int x = root.num; }
    void staticFieldChain() { int x = root.next.num; }
    void staticArray() { Object o = table[3]; }
    void staticArrayStore() { table[at] = null; }
    void staticStringArrayStore() { strings[at] = "x"; }
    void chain2() { live.next.next.num = 1; }
    void self() { this.next._touch(); }
    void invokeNext() { next._touch(); }
    void invokePrivate() { next._priv(); }
    void invokeArgs() { next._args(null, null, null, null, null, null, 1L, 2f, (byte) 1, (short) 2); }
    void invokeReturn() { _follow()._touch(); }
    void invokeReturnStatic() { _make(1L, null, null, null)._touch(); }
    void invokeReturnStatic2() { _more(null, null, null, null, true, 'c')._touch(); }
    void invokeReturnField() { _pick(1, "x").text.trim(); }
    void invokeInterface() { Act act = null; act.run(null, null); }
    void invokeDefault() { Act act = null; act.def(); }
    void invokeString() { text.length(); }
    void invokeObject() { Object o = null; o.hashCode(); }
    void invokeGetClass() { Object o = null; o.getClass(); }
    void invokeList() { List<String> l = null; l.add("x"); }
    void invokeOnArray() { int[] l = null; l.clone(); }
    void invokeOnObjectArray() { String[][] l = null; l.clone(); }
    void invokeOnArrayGetClass() { String[] l = null; l.getClass(); }
    void invokeParam(NpeCases p) { p._touch(); }
    void invokeParam2(long l, String s) { s.length(); }
    void invokeParam3(double l, int[] s, String x) { x.length(); }
    static void staticParam(String s) { s.length(); }
    static void staticParam2(long l, double d, String s) { s.length(); }
    static void writtenParam(String s) { s = null; s.length(); }
    static void writtenLater(String s) { s.length(); s = ""; }
    static void writtenBranch(String s) { if (at == 2) s = "x"; s.length(); }
    static void writtenBetween(String s) { s.concat(s = "x"); }
    static void local() { String s = null; s.length(); }
    static void localSecond() { long l = 0; String s = null; s.length(); }
    static void localWide() { double d = 1; long l = 0; Object o = null; o.toString(); }
    void localThisCopy() { NpeCases me = null; me.num = 2; }
    void arrayLoadInt() { int x = arr[0]; }
    void arrayStoreInt() { arr[1] = 3; }
    void arrayLength() { int x = arr.length; }
    void arrayIndexField() { this.arr[this.num + 2] = 7; }
    void arrayIndexFieldPlain() { this.arr[this.num] = 7; }
    void grid1() { grid = new int[2][]; grid[1][0] = 4; }
    void grid2() { grid = new int[2][]; int x = grid[num][0]; }
    void grid3() { grid = new int[2][]; int x = grid[num + 1].length; }
    void gridItself() { grid[1][2]++; }
    void cube1() { cube[1][0][3]++; }
    void cube2() { cube[at][_int()][3]++; }
    void cubeLocal() { int[][][] q = new int[2][2][]; q[1][0][3] = 1; }
    void cubeStaticIndex() { cube[at][at][at] = 1; }
    void indexOfArray() { cube[idx[0]][bidx[0]][3] = 1; }
    void indexIntArray() { objs[idx[0]].toString(); }
    void indexByteArray() { objs[bidx[0]].toString(); }
    void indexCharArray() { objs[cidx[0]].toString(); }
    void indexShortArray() { objs[sidx[0]].toString(); }
    void indexCall() { objs[_int()].toString(); }
    void indexLongCast() { objs[(int) _long()].toString(); }
    void indexByteCast(int i) { objs[(byte) i].toString(); }
    void indexShortCast(int i) { objs[(short) i].toString(); }
    void indexCharCast(int i) { objs[(char) i].toString(); }
    void indexNegate(int i) { objs[-i].toString(); }
    void indexIinc(int i) { objs[i++].toString(); }
    void indexIincBefore(int i) { objs[++i].toString(); }
    void indexParam(int i) { objs[i].toString(); }
    void indexLocal() { int i = 2; objs[i].toString(); }
    void indexMinus() { objs[at - 1].toString(); }
    void indexBipush() { Object[] big = new Object[1000]; big[100].toString(); }
    void indexSipush() { Object[] big = new Object[1000]; big[999].toString(); }
    void indexLdc() { Object[] big = new Object[100000]; big[99999].toString(); }
    void indexStaticCall() { objs[_sint(1, "")].toString(); }
    void indexNestedFields() { objs[live._self().num].toString(); }
    void indexTernary() { objs[at == 1 ? 2 : 3].toString(); }
    void indexLength() { objs[new int[2].length].toString(); }
    void indexBoolean() { objs[next == null ? 1 : 0].toString(); }
    void loadByte() { byte[] x = null; byte y = x[0]; }
    void loadBoolean() { boolean[] x = null; boolean y = x[0]; }
    void loadChar() { char[] x = null; char y = x[0]; }
    void loadShort() { short[] x = null; short y = x[0]; }
    void loadLong() { long[] x = null; long y = x[0]; }
    void loadFloat() { float[] x = null; float y = x[0]; }
    void loadDouble() { double[] x = null; double y = x[0]; }
    void loadObject() { Object[] x = null; Object y = x[0]; }
    void storeByte() { byte[] x = null; x[0] = 1; }
    void storeBoolean() { boolean[] x = null; x[0] = true; }
    void storeChar() { char[] x = null; x[0] = 'c'; }
    void storeShort() { short[] x = null; x[0] = 1; }
    void storeLong() { long[] x = null; x[0] = 1; }
    void storeFloat() { float[] x = null; x[0] = 1; }
    void storeDouble() { double[] x = null; x[0] = 1; }
    void storeObject() { Object[] x = null; x[0] = "a"; }
    void storeCompound() { long[] x = null; x[at] += 2; }
    void throwNull() { RuntimeException r = null; throw r; }
    void throwConstant() { throw null; }
    void throwField() throws Throwable { throw (RuntimeException) objs[1]; }
    void sync() { synchronized (next) { at = at; } }
    void syncConstant() { Object o = null; synchronized (o) { at = at; } }
    void unbox() { int x = boxed; }
    void unboxMath() { long x = wide + boxed; }
    void unboxList() { List<Integer> l = new ArrayList<>(); l.add(null); int v = l.get(0); }
    void unboxMap() { Map<String, Integer> m = new HashMap<>(); int v = m.get("nope") + 1; }
    void castNull() { ((String) objs[at + 1]).length(); }
    void castArray() { ((int[]) objs[0])[1] = 2; }
    void castConstant() { ((Comparable<String>) null).compareTo("x"); }
    void constant() { ((NpeCases) null)._touch(); }
    void ternary() { (at == 1 ? next : a)._touch(); }
    void ternarySame() { NpeCases x = at == 1 ? null : null; x._touch(); }
    void ternaryConstant() { (at == 1 ? null : this)._touch(); }
    void switchString() { switch ((String) objs[0]) { case "q": break; } }
    void switchEnum() { Thread.State s = null; switch (s) { case NEW: break; default: } }
    void concat() { String s = null; s.concat("x"); }
    void forEach() { List<String> l = null; for (String s : l) { } }
    void forArray() { for (String s : strings) { } }
    void innerNew() { next.new Inner(); }
    void methodRef() { Runnable r = next::_touch; }
    void dynamicResult() { Supplier<NpeCases> s = () -> null; s.get()._touch(); }
    void depth1() { live.a = new NpeCases(); live.a.b.num = 1; }
    void depth2() { NpeCases n = _deep(); n.a.b.c.d.e.f._touch(); }
    void depth3() { NpeCases n = _deep(); n.a.b.c.d.e.num = n.a.b.c.d.e.f.num; }
    void depth4() { _deep().a.b.c.d.e.f.g.num = 1; }
    void depthCall() { _deep().a.b._self().c.d.e.f.num++; }
    void depthArray() { many[0] = _deep(); many[0].a.b.c.many[1].num = 1; }
    void depthArrays() { Object[][][][][][] x = new Object[1][1][1][1][1][]; x[0][0][0][0][0][0] = ""; }
    void depthArrays2() { Object[][][][][][][] x = new Object[1][1][1][1][1][1][]; x[0][0][0][0][0][0][0].hashCode(); }
    void depthArraysFields() { live.grid = new int[3][]; live._self().grid[live._self().idx[live.num]][live.idx[idx[0]]] = 1; }
    void arrayOfCall() { _ints()[0] = 1; }
    void lengthOfCall() { int x = _ints().length; }
    void callOnCall() { _null()._self()._touch(); }
    void loop() { NpeCases n = live._fresh(); while (true) { n = n.next; } }
    void loopFor() { NpeCases n = live._fresh(); for (int i = 0; i < 10; i++) { n.next = n.next.next; } }
    void afterCatch() { try { at = 1; _boom(); } catch (IllegalStateException ex) { NpeCases n = next; n._touch(); } }
    void inFinally() { try { at = 1; } finally { next._touch(); } }
    void dupAssign() { NpeCases x; (x = next)._touch(); }
    void dupAssignField() { (a = next)._touch(); }
    void dupChain() { NpeCases x, y; (x = y = b)._touch(); }
    void newMulti() { (new Object[2][])[1][0] = 1; }
    void parameterThis(NpeCases this) { this.c._touch(); }
    void compoundString() { objs[1] = ((String[]) objs[2])[0] += "x"; }
    void longParams(long p0, long p2, long p4, long p6, long p8, long p10, long p12, long p14, long p16, long p18,
        long p20, long p22, long p24, long p26, long p28, long p30, long p32, long p34, long p36, long p38,
        long p40, long p42, long p44, long p46, long p48, long p50, long p52, long p54, long p56, long p58,
        Object p60, Object p61, Object p62, Object p63, Object p64) { p61.hashCode(); }
    void longParamsHigh(long p0, long p2, long p4, long p6, long p8, long p10, long p12, long p14, long p16, long p18,
        long p20, long p22, long p24, long p26, long p28, long p30, long p32, long p34, long p36, long p38,
        long p40, long p42, long p44, long p46, long p48, long p50, long p52, long p54, long p56, long p58,
        Object p60, Object p61, Object p62, Object p63, Object p64) { p63.hashCode(); }
    void requireNonNull() { Objects.requireNonNull(next); }
    void explicit() { throw new NullPointerException(); }
    void explicitMessage() { throw new NullPointerException("own"); }
    void explicitField() { NullPointerException x = new NullPointerException(); throw x; }
    void explicitSub() { throw new Sub(); }
    void superCall() { new Derived(null); }
    void names_ünïcode_() { NpeCases ärger = null; ärger._touch(); }
    void unicode() { Ünï ö = null; ö.größe = 1; }
    void shadow() { { int i = 1; at = i; } { String s = null; s.trim(); } }
    void comparison() { boolean z = boxed == 3; }
    void andLogic() { if (text != null || text.isEmpty()) at = 1; }
    void stackBelow() { _sint(5L, _mix(1, 2.0, next.num)); }
    void stackBelow2() { int x = at + (at * next.num); }
    void putStackLong() { next.wide = wide + live.wide; }
    void incArrayElement(int[] p, int i) { p[i]++; }
    void incArrayParam(int[] p, int i) { p[i + 1] += i; }
    void charAt(String s, int i) { s.charAt(i); }
    void varargs() { String.format(null, (Object[]) null); }
    void instanceOf() { Object o = null; boolean z = o instanceof String; o.notify(); }
    void listOfMany() { List[] ls = new List[2]; ls[1].get(0); }
    void nested() { Nested n = null; n.value = 1; }
    void nestedStatic() { Nested.hold.value = 1; }
    void nestedCall() { Nested._get().value = 1; }
    void superField() { ((Derived) null).num = 1; }
    void enumField() { Kind k = null; k.name(); }
    void recordField() { Pair p = null; p.left(); }
    void lambdaCapture() { NpeCases q = null; Runnable r = () -> q._touch(); r.run(); }
    void lambdaField() { Runnable r = () -> next._touch(); r.run(); }
    void arrayClass() { Class<?> c = objs[2].getClass(); }
    void stringBuilderArg(StringBuilder sb) { sb.append(sb).append("x"); }
    void objectsArray() { Object[] o = null; String s = (String) o[0]; }
    void ifNull() { if (next == null) { next.a = this; } }
    void longIndex() { long[] ls = null; ls[(int) wide]++; }
    void floatCast(float v) { objs[(int) v].hashCode(); }
    void shift(int i) { objs[i >> 1].hashCode(); }
    void staticNested() { root.next.next.next.next.next.next = null; }
    void constantIndexes() { Object[] o = new Object[7]; o[5] = null; o[5].hashCode(); }
    void minusOne(int[][] q) { q[-1][0] = 1; }
    void hex(char[] p) { p[0x7f] = 'c'; }

    static NpeCases _mixin;
    Object _mix(int a, double b, int c) { return null; }
    NpeCases _fresh() { return new NpeCases(); }
    void _boom() { throw new IllegalStateException(); }
    static NpeCases _deep() {
        NpeCases n = new NpeCases();
        n.a = n.b = n.c = n.d = n.e = n;
        return n;
    }
    class Inner { }
    static class Nested {
        int value;
        static Nested hold;
        static Nested _get() { return null; }
    }
    static class Derived extends NpeCases {
        Derived(String s) { super(s.length()); }
    }
    static class Sub extends NullPointerException { }
    static class Ünï { int größe; }
    enum Kind { A }
    record Pair(String left, String right) { }
}
