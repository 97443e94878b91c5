namespace IterationBranches.Infra.Tests.Deploying.StandIns;

/// <summary>One call of the Azure CLI: its words, and its options with their values.</summary>
public sealed class AzInvocation
{
    private readonly Dictionary<string, List<string>> _options = [];

    private readonly string _folder;
    private readonly string _standardInput;

    /// <param name="folder">In which it was called.</param>
    /// <param name="standardInput">Where what came by <c>/dev/stdin</c> is.</param>
    public AzInvocation(IReadOnlyList<string> arguments, string folder, string standardInput)
    {
        Arguments = arguments;
        (_folder, _standardInput) = (folder, standardInput);
        Command = string.Join(' ', arguments.TakeWhile(argument => !argument.StartsWith('-')));
        List<string>? values = null;
        foreach (var argument in arguments)
        {
            if (argument.StartsWith("--", StringComparison.Ordinal))
            {
                // A second time, as --parameters may be, the values are added.
                values = _options.TryGetValue(argument, out var earlier) ? earlier : _options[argument] = [];
            }
            else
            {
                values?.Add(argument);
            }
        }
    }

    public IReadOnlyList<string> Arguments { get; }

    public string Command { get; }

    public IEnumerable<string> Options => _options.Keys;

    public string? Find(string option) => _options.TryGetValue(option, out var values) ? string.Join(' ', values) : null;

    public string Get(string option) => Find(option) ?? throw new AzException(2, $"the following arguments are required: {option}");

    public IReadOnlyList<string> All(string option) => _options.GetValueOrDefault(option) ?? [];

    /// <summary>The file that an option names; <c>@</c> before a path is az's own.</summary>
    public string PathOf(string option) => Get(option).TrimStart('@') is var path && path == "/dev/stdin" ? _standardInput : Path.Combine(_folder, path);

    public override string ToString() => "az " + string.Join(' ', Arguments);
}

/// <summary>The Azure CLI ends with this code, and the text on standard error.</summary>
public sealed class AzException(int exitCode, string message) : Exception(message)
{
    public int ExitCode => exitCode;
}
