using IterationBranches.Configuration;
using IterationBranches.Functions;
using IterationBranches.Functions.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

if (Handler.Port is not { } port)
{
    await Console.Error.WriteLineAsync("This is the custom handler of a function app, and the Functions host starts it.");
    return 2;
}

var app = Handler.Build(port).MapFunctions();
StartReport.Write(app.Services.GetRequiredService<Settings>(), app.Services.GetRequiredService<ILoggerFactory>());
await app.RunAsync();

// The host never starts a handler again that ended with 0, and ends it by SIGKILL when it means to.
return 1;
