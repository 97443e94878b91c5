using System.Text;
using IterationBranches.Configuration;
using IterationBranches.Functions;
using IterationBranches.Functions.CommandLine;
using IterationBranches.Functions.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

// Sprints have names in every alphabet, and Windows would print them in the code page of its console.
Console.OutputEncoding = Encoding.UTF8;

// With a verb it is a command line for operators; without one the Functions host starts it and says on which port.
if (args.Length > 0 || Handler.Port is not { } port)
{
    return await Commands.RunAsync(args);
}

var app = Handler.Build(port).MapFunctions();
StartReport.Write(app.Services.GetRequiredService<Settings>(), app.Services.GetRequiredService<ILoggerFactory>());
await app.RunAsync();

// The host never starts a handler again that ended with 0, and ends it by SIGKILL when it means to.
return 1;
