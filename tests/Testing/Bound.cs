namespace IterationBranches.Testing;

/// <summary>How long a test waits for what must come: a busy machine is within it, and a mistake is told instead of waited for.</summary>
public static class Bound
{
    public static readonly TimeSpan Wait = TimeSpan.FromMinutes(1);

    /// <summary>Of what builds something, or plays a whole story.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromMinutes(15);
}
