import freemarker.cache.StringTemplateLoader;
import freemarker.template.*;
import java.io.*;
import java.util.*;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.VelocityEngine;

/** Templates that reach into beans by reflection. */
public class DTemplates {
    public static class Bean {
        private final String name;
        private final List<Integer> values;
        public Bean(String name, Integer... values) { this.name = name; this.values = Arrays.asList(values); }
        public String getName() { return name; }
        public List<Integer> getValues() { return values; }
        public int sum(int more) { return values.stream().mapToInt(x -> x).sum() + more; }
    }

    public static void main(String[] a) throws Exception {
        List<Bean> beans = Arrays.asList(new Bean("a & b", 1, 2), new Bean("<c>", 3));
        Configuration c = new Configuration(Configuration.VERSION_2_3_28);
        StringTemplateLoader l = new StringTemplateLoader();
        l.putTemplate("lib", "<#macro row b>${b.name?html}: <#list b.values as v>${v}<#sep>,</#list> = ${b.sum(10)}</#macro>");
        l.putTemplate("t", "<#import 'lib' as lib><#list beans as b><@lib.row b/>\n</#list>${when?string('yyyy-MM-dd')} ${1234567.891?string(',##0.00')} ${(missing.deep)!'none'} <#assign n = beans?size>${n * 3 / 2}<#function f x><#return x?upper_case></#function> ${f('up')} ${[3,1,2]?sort?join('-')}\n<#attempt>${nothing}<#recover>recovered</#attempt>");
        c.setTemplateLoader(l);
        c.setLocale(Locale.US);
        c.setTemplateExceptionHandler(TemplateExceptionHandler.RETHROW_HANDLER);
        c.setLogTemplateExceptions(false);
        Map<String, Object> model = new HashMap<>();
        model.put("beans", beans);
        model.put("when", new Date(0));
        StringWriter w = new StringWriter();
        c.getTemplate("t").process(model, w);
        System.out.println(w);
        VelocityEngine v = new VelocityEngine();
        v.setProperty("runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
        v.init();
        VelocityContext x = new VelocityContext(new HashMap<>(model));
        x.put("esc", String.class);
        StringWriter out = new StringWriter();
        v.evaluate(x, out, "t", "#macro(show $b)$b.name #foreach($v in $b.values)$v#if($foreach.hasNext),#end#end $b.sum(5)\n#end#foreach($b in $beans)#show($b)#end#set($n = $beans.size() * 7 % 4)$n $!nothing $nothing #if($n > 1 && !$none)yes#{else}no#end $esc.format('%04d', 7) #evaluate('$n$n')");
        System.out.println(out);
    }
}
