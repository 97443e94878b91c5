namespace IterationBranches.Provisioning;

/// <summary>The work itself, not one outside system, says what happens next.</summary>
public sealed class ProvisioningException(Failure failure, string message) : ServiceException(failure, message);
