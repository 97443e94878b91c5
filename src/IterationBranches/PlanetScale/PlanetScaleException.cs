namespace IterationBranches.PlanetScale;

/// <summary>PlanetScale refused, or could not be asked.</summary>
public sealed class PlanetScaleException(Failure failure, string message, int? status = null, Exception? inner = null)
    : ServiceException(failure, message, status, inner)
{
    /// <summary>Status, code and sentence of the answer; without one, nothing more than the message says.</summary>
    internal string Said { get; init; } = "no answer";

    /// <summary>Something of the name that was asked for is there already.</summary>
    internal bool NameIsTaken { get; init; }
}
