namespace IterationBranches.Testing.Faults;

/// <summary>A place where a call stays until it is let go: what a test does meanwhile is certain to be in between.</summary>
public sealed class Hold
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _passed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when a call is here.</summary>
    public Task Reached => _reached.Task;

    /// <summary>Completes when what was held has taken its course: the late effect has happened, or the late answer has left.</summary>
    public Task Passed => _passed.Task;

    public void Release() => _released.TrySetResult();

    /// <summary>For whoever is held: stays here, and then goes on.</summary>
    public Task StayAsync()
    {
        Reach();
        return _released.Task;
    }

    public void Reach() => _reached.TrySetResult();

    public void Pass() => _passed.TrySetResult();
}
