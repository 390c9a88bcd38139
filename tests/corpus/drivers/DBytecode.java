import java.io.*;
import java.lang.reflect.*;
import java.util.*;
import java.util.concurrent.Callable;
import javassist.*;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.description.modifier.Visibility;
import net.bytebuddy.dynamic.loading.ClassLoadingStrategy;
import net.bytebuddy.implementation.*;
import net.bytebuddy.implementation.bind.annotation.*;
import net.bytebuddy.matcher.ElementMatchers;
import net.sf.cglib.proxy.*;
import org.apache.bcel.Const;
import org.apache.bcel.generic.*;
import org.objectweb.asm.*;

/** Classes written at run time by five libraries, each loaded and called. */
public class DBytecode {
    public static class Base {
        protected int factor = 3;
        public int times(int n) { return n * factor; }
        public String name() { return "base"; }
    }

    static class Loader extends ClassLoader {
        Loader() { super(DBytecode.class.getClassLoader()); }
        Class<?> define(String name, byte[] b) { return defineClass(name, b, 0, b.length); }
    }

    public static class Around {
        @RuntimeType
        public static Object around(@SuperCall Callable<?> zuper, @Origin Method m, @AllArguments Object[] all) throws Exception {
            return m.getName() + Arrays.toString(all) + "=" + zuper.call();
        }
    }

    static byte[] withAsm() {
        ClassWriter w = new ClassWriter(ClassWriter.COMPUTE_FRAMES);
        w.visit(Opcodes.V11, Opcodes.ACC_PUBLIC, "Gcd", null, "java/lang/Object", new String[] {"java/util/function/IntBinaryOperator"});
        MethodVisitor i = w.visitMethod(Opcodes.ACC_PUBLIC, "<init>", "()V", null, null);
        i.visitCode();
        i.visitVarInsn(Opcodes.ALOAD, 0);
        i.visitMethodInsn(Opcodes.INVOKESPECIAL, "java/lang/Object", "<init>", "()V", false);
        i.visitInsn(Opcodes.RETURN);
        i.visitMaxs(0, 0);
        MethodVisitor m = w.visitMethod(Opcodes.ACC_PUBLIC, "applyAsInt", "(II)I", null, null);
        m.visitCode();
        Label top = new Label();
        Label end = new Label();
        m.visitLabel(top);
        m.visitVarInsn(Opcodes.ILOAD, 2);
        m.visitJumpInsn(Opcodes.IFEQ, end);
        m.visitVarInsn(Opcodes.ILOAD, 2);
        m.visitVarInsn(Opcodes.ILOAD, 1);
        m.visitVarInsn(Opcodes.ILOAD, 2);
        m.visitInsn(Opcodes.IREM);
        m.visitVarInsn(Opcodes.ISTORE, 2);
        m.visitVarInsn(Opcodes.ISTORE, 1);
        m.visitJumpInsn(Opcodes.GOTO, top);
        m.visitLabel(end);
        m.visitVarInsn(Opcodes.ILOAD, 1);
        m.visitInsn(Opcodes.IRETURN);
        m.visitMaxs(0, 0);
        w.visitEnd();
        return w.toByteArray();
    }

    public static void main(String[] a) throws Exception {
        Object gcd = new Loader().define("Gcd", withAsm()).getConstructor().newInstance();
        System.out.println("asm " + ((java.util.function.IntBinaryOperator) gcd).applyAsInt(462, 1071));

        ClassGen g = new ClassGen("Sum", "java.lang.Object", "x", Const.ACC_PUBLIC, null);
        InstructionList l = new InstructionList();
        l.append(InstructionConst.LCONST_0);
        l.append(new LSTORE(1));
        InstructionHandle top = l.append(new ILOAD(0));
        BranchInstruction out = new IFLE(null);
        l.append(out);
        l.append(new LLOAD(1));
        l.append(new ILOAD(0));
        l.append(InstructionConst.I2L);
        l.append(InstructionConst.LADD);
        l.append(new LSTORE(1));
        l.append(new IINC(0, -1));
        l.append(new GOTO(top));
        out.setTarget(l.append(new LLOAD(1)));
        l.append(InstructionConst.LRETURN);
        MethodGen mg = new MethodGen(Const.ACC_PUBLIC | Const.ACC_STATIC, org.apache.bcel.generic.Type.LONG,
            new org.apache.bcel.generic.Type[] {org.apache.bcel.generic.Type.INT}, new String[] {"n"}, "to", "Sum", l, g.getConstantPool());
        mg.setMaxStack();
        mg.setMaxLocals();
        g.addMethod(mg.getMethod());
        System.out.println("bcel " + new Loader().define("Sum", g.getJavaClass().getBytes()).getMethod("to", int.class).invoke(null, 1000));

        ClassPool pool = new ClassPool(true);
        pool.appendClassPath(new ClassClassPath(DBytecode.class));
        CtClass c = pool.makeClass("Made", pool.get("DBytecode$Base"));
        c.addMethod(CtNewMethod.make("public String name() { StringBuffer b = new StringBuffer(); for (int i = 0; i < 3; i++) b.append(times(i)); return b + super.name(); }", c));
        c.addField(CtField.make("private java.util.List seen = new java.util.ArrayList();", c));
        c.addMethod(CtNewMethod.make("public int times(int n) { seen.add(Integer.valueOf(n)); if (n > 1) return super.times(n) + seen.size(); return 0; }", c));
        Base made = (Base) new Loader().define("Made", c.toBytecode()).getConstructor().newInstance();
        System.out.println("javassist " + made.name() + " " + made.times(5));
        javassist.util.proxy.ProxyFactory pf = new javassist.util.proxy.ProxyFactory();
        pf.setSuperclass(Base.class);
        Base proxied = (Base) pf.create(new Class<?>[0], new Object[0], (self, method, proceed, args) -> proceed.invoke(self, args));
        System.out.println("javassist proxy " + proxied.times(6));

        Class<? extends Base> buddy = new ByteBuddy().subclass(Base.class)
            .method(ElementMatchers.isDeclaredBy(Base.class).and(ElementMatchers.returns(String.class))).intercept(MethodDelegation.to(Around.class))
            .method(ElementMatchers.named("times")).intercept(net.bytebuddy.implementation.FixedValue.value(99))
            .defineField("tag", String.class, Visibility.PUBLIC)
            .implement(Comparable.class).intercept(net.bytebuddy.implementation.FixedValue.value(-1))
            .make().load(DBytecode.class.getClassLoader(), ClassLoadingStrategy.Default.WRAPPER).getLoaded();
        Base b = buddy.getDeclaredConstructor().newInstance();
        buddy.getField("tag").set(b, "t");
        @SuppressWarnings("unchecked") Comparable<Object> comparable = (Comparable<Object>) b;
        System.out.println("byte-buddy " + b.name() + " " + b.times(2) + " " + comparable.compareTo("") + " " + buddy.getField("tag").get(b));

        Enhancer e = new Enhancer();
        e.setSuperclass(Base.class);
        e.setInterfaces(new Class<?>[] {Serializable.class});
        e.setCallback((net.sf.cglib.proxy.MethodInterceptor) (o, m, args, p) -> m.getReturnType() == int.class ? (Object) ((Integer) p.invokeSuper(o, args) + 1) : p.invokeSuper(o, args));
        Base enhanced = (Base) e.create();
        System.out.println("cglib " + enhanced.times(10) + " " + enhanced.name() + " " + (enhanced instanceof Serializable));
    }
}
