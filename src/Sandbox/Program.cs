using System.Text;
using IterationBranches.Sandbox;

// As the command line itself does.
Console.OutputEncoding = Encoding.UTF8;
return await SandboxCommands.RunAsync(args);
