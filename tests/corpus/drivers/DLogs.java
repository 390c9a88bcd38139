import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import java.io.ByteArrayInputStream;
import java.nio.file.*;
import org.apache.logging.log4j.*;
import org.apache.logging.log4j.core.config.*;

/** Log4j 2 from XML, with queues and rolling files, and Logback behind SLF4J. */
public class DLogs {
    static final String LOG4J = "<Configuration><Appenders><Console name='c'><PatternLayout pattern='%level %c{1} %marker [%X{user}] %replace{%m}{\\d}{#}%n%ex{1}'/></Console>"
        + "<RollingFile name='f' fileName='o/a.log' filePattern='o/a-%i.log.gz'><PatternLayout pattern='%m%n'/><SizeBasedTriggeringPolicy size='2KB'/><DefaultRolloverStrategy max='3'/></RollingFile>"
        + "<Async name='q'><AppenderRef ref='f'/></Async></Appenders><Loggers><Root level='info'><AppenderRef ref='c' level='warn'/><AppenderRef ref='q'/></Root><Logger name='DLogs.deep' level='trace'/></Loggers></Configuration>";
    static final String LOGBACK = "<configuration><appender name='c' class='ch.qos.logback.core.ConsoleAppender'><encoder><pattern>%-5level|%logger{5}|%X{k}|%msg%n%ex{1}</pattern></encoder>"
        + "<filter class='ch.qos.logback.classic.filter.ThresholdFilter'><level>INFO</level></filter></appender><appender name='q' class='ch.qos.logback.classic.AsyncAppender'><appender-ref ref='c'/></appender><root level='DEBUG'><appender-ref ref='q'/></root></configuration>";

    public static void main(String[] a) throws Exception {
        Configurator.initialize(null, new ConfigurationSource(new ByteArrayInputStream(LOG4J.getBytes())));
        Logger log = LogManager.getLogger(DLogs.class);
        ThreadContext.put("user", "me");
        log.info("not on the console");
        log.warn(MarkerManager.getMarker("M"), "two {} and {}", 22, new int[] {1, 2});
        log.error("failed", new IllegalStateException("x"));
        for (int i = 0; i < 300; i++) log.info("line {} of many", i);
        System.out.println(LogManager.getLogger("DLogs.deep.er").isTraceEnabled());
        LogManager.shutdown();
        try (var files = Files.list(Path.of("o"))) { System.out.println(files.filter(f -> f.toString().endsWith(".gz")).count()); }
        LoggerContext context = (LoggerContext) org.slf4j.LoggerFactory.getILoggerFactory();
        JoranConfigurator joran = new JoranConfigurator();
        joran.setContext(context);
        context.reset();
        joran.doConfigure(new ByteArrayInputStream(LOGBACK.getBytes()));
        org.slf4j.MDC.put("k", "v");
        org.slf4j.Logger slf = org.slf4j.LoggerFactory.getLogger("some.where.Deep");
        slf.debug("hidden");
        slf.info("shown {} {}", 1, "x");
        slf.warn("with", new RuntimeException("cause"));
        context.stop();
    }
}
