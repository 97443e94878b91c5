namespace IterationBranches.AppService;

/// <summary>Azure Resource Manager refused, or could not be asked.</summary>
public sealed class AppServiceException(Failure failure, string message, int? status = null, Exception? inner = null)
    : ServiceException(failure, message, status, inner);
