namespace IterationBranches.Testing.Faults;

/// <summary>Faults in the words of the service, for <see cref="FaultPlan"/>.</summary>
public static class KeyVaultFaults
{
    /// <param name="retryAfter">The service is known to leave it out.</param>
    public static Fault Throttled(string? retryAfter = null) => Fault.Refuse(429, retryAfter, Body(
        "Throttled", "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached"));

    public static Fault Unavailable() => Fault.Refuse(503, body: Body("ServiceUnavailable", "The service is temporarily unavailable."));

    private static string Body(string code, string message) => $$$"""{"error":{"code":"{{{code}}}","message":"{{{message}}}"}}""";
}
