package org.crac;

/** As in the library org.crac. */
public abstract class Context<R extends Resource> implements Resource {
    public abstract void register(R resource);
}
