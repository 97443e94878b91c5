using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace IterationBranches.Functions;

public static class HostLogging
{
    /// <summary>What is worth a line in the host's log: what this app says, and what goes wrong below it.</summary>
    public static ILoggingBuilder AddLevels(this ILoggingBuilder logging)
    {
        logging.SetMinimumLevel(LogLevel.Information);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("System.Net.Http", LogLevel.Warning);
        // It warns at every start that the address which the host's environment names is not taken.
        logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error);
        return logging;
    }

    /// <summary>Lines of the process, as the host reads them.</summary>
    public static ILoggingBuilder AddLines(this ILoggingBuilder logging)
    {
        logging.AddSimpleConsole(console => console.SingleLine = true);
        // The host takes each line of stderr for an error.
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Error);
        return logging;
    }
}
