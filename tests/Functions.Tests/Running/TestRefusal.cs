namespace IterationBranches.Functions.Tests.Running;

/// <summary>A refusal of no system in particular.</summary>
internal sealed class TestRefusal(Failure failure, string message) : ServiceException(failure, message);
