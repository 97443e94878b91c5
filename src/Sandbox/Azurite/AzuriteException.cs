namespace IterationBranches.Sandbox.Azurite;

/// <summary>Azurite could not be had or started; the message is for the person at the console.</summary>
public sealed class AzuriteException(string message, Exception? inner = null) : Exception(message, inner);
