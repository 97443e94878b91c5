using System.Globalization;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>The environment of the handler: that of the real host's Linux image, the app settings, and what the host adds.</summary>
public static class HandlerEnvironment
{
    /// <summary>What a process cannot do without. The rest of ours stays out, so that a setting that is missing is missing here too.</summary>
    private static readonly string[] PassedOn =
    [
        "PATH", "HOME", "USER", "TMPDIR", "TEMP", "TMP", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "DOTNET_ROOT",
        "SystemRoot", "SystemDrive", "windir", "ProgramData", "ProgramFiles", "USERPROFILE", "LOCALAPPDATA", "APPDATA", "PATHEXT",
    ];

    public static Dictionary<string, string> Build(
        IReadOnlyDictionary<string, string> settings, string appDirectory, Uri front, int handlerPort, Guid workerId)
    {
        var environment = new Dictionary<string, string>();
        foreach (var name in PassedOn)
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
            {
                environment[name] = value;
            }
        }

        // The host's image sets these two for itself and the handler inherits them. One that follows them binds
        // port 80, or looks for a folder that is not there: https://github.com/Azure/azure-functions-dotnet-worker/issues/2640
        environment["ASPNETCORE_URLS"] = "http://+:80";
        environment["ASPNETCORE_CONTENTROOT"] = "/azure-functions-host";
        environment["AzureWebJobsScriptRoot"] = appDirectory;
        environment["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development";
        environment["FUNCTIONS_EXTENSION_VERSION"] = "~4";
        environment["FUNCTIONS_WORKER_RUNTIME"] = "custom";
        environment["WEBSITE_HOSTNAME"] = $"localhost:{front.Port}";

        foreach (var (name, value) in settings)
        {
            environment[name] = value;
        }

        var port = handlerPort.ToString(CultureInfo.InvariantCulture);
        environment["FUNCTIONS_APP_ROOT_PATH"] = appDirectory;
        environment["FUNCTIONS_CUSTOMHANDLER_PORT"] = port;
        environment["FUNCTIONS_CUSTOMHANDLER_WORKER_ID"] = workerId.ToString();
        environment["FUNCTIONS_HTTPWORKER_PORT"] = port;
        environment["FUNCTIONS_HTTPWORKER_ID"] = workerId.ToString();
        return environment;
    }
}
