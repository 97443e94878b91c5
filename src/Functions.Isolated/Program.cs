using IterationBranches.Configuration;
using IterationBranches.Functions;
using IterationBranches.Functions.Isolated;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

using var app = Worker.Build(args);
// The host drops what a worker logs outside an invocation; lines of the process it keeps.
using (var lines = LoggerFactory.Create(logging => logging.AddLines()))
{
    StartReport.Write(app.Services.GetRequiredService<Settings>(), lines);
}

await app.RunAsync();
