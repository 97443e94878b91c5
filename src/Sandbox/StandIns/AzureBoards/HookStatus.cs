namespace IterationBranches.Sandbox.StandIns.AzureBoards;

/// <summary>How Azure DevOps thinks of a subscription (https://learn.microsoft.com/azure/devops/service-hooks/troubleshoot).</summary>
public enum HookStatus
{
    Enabled,

    /// <summary>"Enabled (restricted)": one notification is tried again, ever less often; what happens meanwhile is lost.</summary>
    OnProbation,

    DisabledByUser,
    DisabledBySystem,
    DisabledByInactiveIdentity,
}

/// <summary>In which order events that were held are delivered.</summary>
public enum HookOrder
{
    AsHappened,
    Reversed,
    AtOnce,
}
