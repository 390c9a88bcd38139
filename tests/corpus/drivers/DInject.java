import com.google.inject.*;
import com.google.inject.matcher.Matchers;
import com.google.inject.multibindings.Multibinder;
import com.google.inject.name.*;
import java.lang.annotation.*;
import java.util.*;
import javax.inject.Singleton;
import org.aopalliance.intercept.*;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.annotation.*;
import org.springframework.beans.factory.config.*;
import org.springframework.context.annotation.*;
import org.springframework.context.support.*;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.expression.spel.standard.SpelExpressionParser;

/** Containers that wire objects by annotations, XML and expressions, with interceptors around calls. */
public class DInject {
    @Retention(RetentionPolicy.RUNTIME) @interface Traced { }
    interface Store { String get(String key); }

    @Singleton public static class MapStore implements Store {
        static int made;
        public MapStore() { made++; }
        @Traced public String get(String key) { return "value of " + key; }
    }

    public static class Client {
        @com.google.inject.Inject Store store;
        @com.google.inject.Inject Set<Integer> numbers;
        @com.google.inject.Inject @Named("greeting") String greeting;
        @com.google.inject.Inject Provider<StringBuilder> builders;
        public String toString() { return greeting + " " + store.get("k") + " " + new TreeSet<>(numbers) + " " + (builders.get() != builders.get()); }
    }

    public static class Trace implements org.aopalliance.intercept.MethodInterceptor {
        public Object invoke(MethodInvocation i) throws Throwable { return "[" + i.getMethod().getName() + " " + i.proceed() + "]"; }
    }

    public static class Engine {
        private String kind = "none";
        public String getKind() { return kind; }
        public void setKind(String k) { kind = k; }
    }

    public static class Car implements org.springframework.beans.factory.InitializingBean {
        private Engine engine;
        private Map<String, Integer> seats = new TreeMap<>();
        private boolean ready;
        public Car(Engine e) { engine = e; }
        public void setSeats(Map<String, Integer> s) { seats = s; }
        public Map<String, Integer> getSeats() { return seats; }
        public Engine getEngine() { return engine; }
        public void afterPropertiesSet() { ready = true; }
        public String drive(int n) { return engine.getKind() + " " + n + " " + seats + " " + ready; }
    }

    public static void main(String[] a) throws Exception {
        Injector injector = Guice.createInjector(new AbstractModule() {
            protected void configure() {
                bind(Store.class).to(MapStore.class);
                bindConstant().annotatedWith(Names.named("greeting")).to("hello");
                Multibinder<Integer> m = Multibinder.newSetBinder(binder(), Integer.class);
                m.addBinding().toInstance(2);
                m.addBinding().toInstance(1);
            }
            @Provides StringBuilder builder() { return new StringBuilder(); }
        });
        System.out.println(injector.getInstance(Client.class));
        System.out.println(injector.getInstance(Client.class) + " " + MapStore.made);
        try { injector.getInstance(Runnable.class); } catch (ConfigurationException e) { System.out.println(e.getErrorMessages().iterator().next().getMessage()); }

        String xml = "<beans xmlns='http://www.springframework.org/schema/beans' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='http://www.springframework.org/schema/beans http://www.springframework.org/schema/beans/spring-beans.xsd'>"
            + "<bean id='engine' class='DInject$Engine'><property name='kind' value='#{\"die\" + \"sel\"}'/></bean>"
            + "<bean id='car' class='DInject$Car' scope='prototype'><constructor-arg ref='engine'/><property name='seats'><map><entry key='front' value='2'/><entry key='back' value='3'/></map></property></bean></beans>";
        GenericXmlApplicationContext context = new GenericXmlApplicationContext();
        context.load(new ByteArrayResource(xml.getBytes()));
        context.refresh();
        Car car = context.getBean(Car.class);
        System.out.println(car.drive(1) + " " + (car == context.getBean(Car.class)) + " " + Arrays.toString(context.getBeanDefinitionNames()));
        ProxyFactory g = new ProxyFactory(new Class<?>[] {Store.class});
        g.setTarget(new MapStore());
        g.addAdvice(new Trace());
        System.out.println(((Store) g.getProxy()).get("z"));
        System.out.println(new SpelExpressionParser().parseExpression("seats['back'].toString() + (engine.kind matches 'd.*' ? 'D' : 'P') + {1,2,3}.?[#this > 1]").getValue(car));
        context.close();
    }
}
