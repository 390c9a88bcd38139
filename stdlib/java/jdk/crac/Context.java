package jdk.crac;

/**
 * A resource that tells others: those that are registered with it, in an order of its own.
 *
 * @param <R> what can be registered
 */
public abstract class Context<R extends Resource> implements Resource {
    /** For subclasses. */
    protected Context() {}

    /**
     * Tells the resources. What they throw is suppressed in the exception.
     *
     * @param context who tells
     * @throws CheckpointException if one of them has failed
     */
    @Override
    public abstract void beforeCheckpoint(Context<? extends Resource> context) throws CheckpointException;

    /**
     * Tells the resources. What they throw is suppressed in the exception.
     *
     * @param context who tells
     * @throws RestoreException if one of them has failed
     */
    @Override
    public abstract void afterRestore(Context<? extends Resource> context) throws RestoreException;

    /**
     * Has a resource told from now on, as long as somebody else refers to it.
     *
     * @param resource the resource
     */
    public abstract void register(R resource);
}
