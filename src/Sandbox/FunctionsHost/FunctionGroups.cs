namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>Flex Consumption scales all HTTP functions together, and every other function for itself; an instance serves one group.</summary>
public static class FunctionGroups
{
    /// <summary>Tells an instance which group it serves; without it, it serves all, as on the other plans.</summary>
    public const string Setting = "FUNCTIONS_TARGET_GROUP";

    public const string Http = "http";

    public static string Of(FunctionMetadata function) => function.Trigger is HttpTrigger ? Http : $"function:{function.Name}";

    /// <summary>The functions that an instance with these settings serves.</summary>
    public static IReadOnlyList<FunctionMetadata> Served(IReadOnlyList<FunctionMetadata> functions, AppSettings settings)
    {
        if (settings.Find(Setting) is not { Length: > 0 } group)
        {
            return functions;
        }

        List<FunctionMetadata> served = [.. functions.Where(function => Of(function).Equals(group, StringComparison.OrdinalIgnoreCase))];
        return served.Count > 0
            ? served
            : throw new HostConfigurationException(
                $"{Setting} is '{group}', but no function of this app is in that group; it must be {string.Join(" or ", functions.Select(Of).Distinct())}.");
    }
}
