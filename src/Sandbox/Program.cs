using IterationBranches.Sandbox;

return await SandboxCommands.RunAsync(args);
