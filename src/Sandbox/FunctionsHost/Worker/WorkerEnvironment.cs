namespace IterationBranches.Sandbox.FunctionsHost.Worker;

/// <summary>The environment of the worker: that of the real host's Linux image, the app settings, and what the host adds.</summary>
internal static class WorkerEnvironment
{
    /// <summary>What a process cannot do without. The rest of ours stays out, so that a setting that is missing is missing here too.</summary>
    private static readonly string[] s_passedOn =
    [
        "PATH", "HOME", "USER", "TMPDIR", "TEMP", "TMP", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "DOTNET_ROOT",
        "SystemRoot", "SystemDrive", "windir", "ProgramData", "ProgramFiles", "USERPROFILE", "LOCALAPPDATA", "APPDATA", "PATHEXT",
    ];

    public static IEnumerable<KeyValuePair<string, string>> PassedOn() =>
        from name in s_passedOn
        let value = Environment.GetEnvironmentVariable(name)
        where !string.IsNullOrEmpty(value)
        select KeyValuePair.Create(name, value);

    public static Dictionary<string, string> Build(IReadOnlyDictionary<string, string> settings, string appDirectory, Uri front)
    {
        var environment = PassedOn().ToDictionary();

        // The host's image sets these two for itself and the worker inherits them. One that follows them binds
        // port 80, or looks for a folder that is not there: https://github.com/Azure/azure-functions-dotnet-worker/issues/2640
        environment["ASPNETCORE_URLS"] = "http://+:80";
        environment["ASPNETCORE_CONTENTROOT"] = "/azure-functions-host";
        environment["AzureWebJobsScriptRoot"] = appDirectory;
        environment["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development";
        environment["FUNCTIONS_EXTENSION_VERSION"] = "~4";
        environment["WEBSITE_HOSTNAME"] = $"localhost:{front.Port}";

        foreach (var (name, value) in settings)
        {
            environment[name] = value;
        }

        environment["FUNCTIONS_APPLICATION_DIRECTORY"] = appDirectory;
        environment["FUNCTIONS_WORKER_DIRECTORY"] = appDirectory;
        return environment;
    }
}
