using System.Text;
using IterationBranches.Cli;

// Sprints have names in every alphabet, and Windows would print them in the code page of its console.
Console.OutputEncoding = Encoding.UTF8;
return await Commands.RunAsync(args);
