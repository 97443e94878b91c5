using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace IterationBranches.Cli;

internal static class ErrorLog
{
    /// <summary>Warnings and errors of what a verb uses, on stderr: stdout has the result and nothing else.</summary>
    public static IServiceCollection AddErrorLog(this IServiceCollection services) => services
        .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning).AddSimpleConsole(console => console.SingleLine = true))
        .Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
}
