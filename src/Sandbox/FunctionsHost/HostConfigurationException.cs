namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>The app root or a setting is wrong; the message names the file or setting and what it must be.</summary>
public sealed class HostConfigurationException(string message) : Exception(message);

/// <summary>The host has given up on its worker, or was stopped.</summary>
public sealed class HostStoppedException(string message) : Exception(message);
