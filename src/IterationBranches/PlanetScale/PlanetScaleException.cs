namespace IterationBranches.PlanetScale;

/// <summary>PlanetScale refused, or could not be asked.</summary>
public sealed class PlanetScaleException(Failure failure, string message, int? status = null, Exception? inner = null)
    : ServiceException(failure, message, status, inner);
