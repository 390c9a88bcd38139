package org.crac;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;

/**
 * A stand-in for the library org.crac: as that one, it knows {@code jdk.crac} by reflection only, and hands it proxies of
 * its own resources.
 */
public final class Core {
    private static final Class<?> CONTEXT = named("Context");
    private static final Class<?> RESOURCE = named("Resource");
    private static final Class<?> CORE = named("Core");
    /** The implementation holds proxies weakly. */
    private static final List<Object> PROXIES = new ArrayList<>();

    private static final Context<Resource> GLOBAL = new Context<>() {
        @Override
        public void register(Resource resource) {
            try {
                Object proxy = Proxy.newProxyInstance(Core.class.getClassLoader(), new Class<?>[] {RESOURCE}, handler(resource));
                PROXIES.add(proxy);
                CONTEXT.getMethod("register", RESOURCE).invoke(CORE.getMethod("getGlobalContext").invoke(null), proxy);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void beforeCheckpoint(Context<? extends Resource> context) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void afterRestore(Context<? extends Resource> context) {
            throw new UnsupportedOperationException();
        }
    };

    private Core() {}

    private static Class<?> named(String name) {
        for (String of : new String[] {"javax.crac.", "jdk.crac."}) {
            try {
                named("CheckpointException", of);
                named("RestoreException", of);
                return named(name, of);
            } catch (ClassNotFoundException e) {
                continue;
            }
        }
        throw new IllegalStateException("not implemented");
    }

    private static Class<?> named(String name, String of) throws ClassNotFoundException {
        return Class.forName(of + name);
    }

    private static InvocationHandler handler(Resource resource) {
        return (proxy, method, args) -> {
            switch (method.getName()) {
                case "beforeCheckpoint":
                    resource.beforeCheckpoint(GLOBAL);
                    return null;
                case "afterRestore":
                    resource.afterRestore(GLOBAL);
                    return null;
                default:
                    return method.invoke(resource, args);
            }
        };
    }

    public static Context<Resource> getGlobalContext() {
        return GLOBAL;
    }

    public static void checkpointRestore() throws Exception {
        Method method = CORE.getMethod("checkpointRestore");
        try {
            method.invoke(null);
        } catch (InvocationTargetException e) {
            throw (Exception) e.getCause();
        }
    }
}
