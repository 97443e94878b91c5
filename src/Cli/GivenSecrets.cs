using System.CommandLine;

namespace IterationBranches.Cli;

/// <summary>Reads the secrets that the options give or point to, each from one place.</summary>
internal sealed class GivenSecrets(ParseResult parsed, CancellationToken cancellationToken)
{
    private const string StandardInput = "-";

    private readonly List<string> _problems = [];
    private bool _inputIsRead;

    /// <summary>Of the environment; null when it is empty.</summary>
    public static string? Variable(string name) => Environment.GetEnvironmentVariable(name)?.Trim() is { Length: > 0 } value ? value : null;

    public IReadOnlyList<string> Problems => _problems;

    public async Task<string?> ReadAsync(Option<string?>? value, Option<FileInfo?> file)
    {
        var given = value is null ? null : parsed.GetValue(value)?.Trim();
        if (parsed.GetValue(file) is not { } path)
        {
            return given is { Length: 0 } ? null : given;
        }

        if (given is not null)
        {
            _problems.Add($"{file.Name}: cannot stand beside {value!.Name}");
            return null;
        }

        try
        {
            var text = (await ReadAsync(file.Name, path))?.Trim();
            if (text is { Length: 0 })
            {
                _problems.Add($"{file.Name}: is empty");
            }

            return text is { Length: 0 } ? null : text;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            _problems.Add($"{file.Name}: cannot be read: {unreadable.Message}");
            return null;
        }
    }

    private async Task<string?> ReadAsync(string option, FileInfo file)
    {
        if (file.ToString() != StandardInput)
        {
            return await File.ReadAllTextAsync(file.FullName, cancellationToken);
        }

        if (_inputIsRead)
        {
            _problems.Add($"{option}: standard input can hold one secret, and another option reads it already");
            return null;
        }

        _inputIsRead = true;
        return await Console.In.ReadToEndAsync(cancellationToken);
    }
}
