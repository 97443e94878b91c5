namespace IterationBranches.AzureBoards;

/// <summary>Azure DevOps refused, or could not be asked.</summary>
public sealed class AzureBoardsException(Failure failure, string message, int? status = null, Exception? inner = null)
    : ServiceException(failure, message, status, inner);
