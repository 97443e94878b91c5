using IterationBranches.Configuration;
using IterationBranches.Functions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

using var app = FunctionApp.Build(args);
// The host drops what a worker logs outside an invocation, and keeps the lines of its process.
using (var lines = LoggerFactory.Create(logging => logging.AddLines()))
{
    StartReport.Write(app.Services.GetRequiredService<Settings>(), lines);
}

await app.RunAsync();
