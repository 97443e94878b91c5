using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace IterationBranches.Configuration;

/// <summary>
/// Reads settings one by one and gathers everything that is wrong with them, each by the name under which it was set.
/// The configuration binder stops at the first value that it cannot convert, and an operator wants to hear all at once.
/// </summary>
internal sealed class SettingsReader(IConfiguration configuration, string prefix = "", IConfiguration? defaults = null)
{
    public const string Defaults = "TrackDefaults";

    private readonly List<string> _problems = [];
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<string> Problems => _problems;

    /// <summary>The names that have been asked for, without the prefix.</summary>
    public IReadOnlySet<string> Known => _known;

    /// <summary>
    /// What was set instead, for the end of a message; nothing when it is so long that it may be a secret in the wrong
    /// place. The shortest secret of the app has 16 characters. Not for settings that lie beside a secret.
    /// </summary>
    public static string Not(string value) => value.Length < SettingsLoader.ShortestPassword ? $", not '{value}'" : "";

    public void Wrong(string name, string whatItMustBe)
    {
        var problem = $"{Owner(name)}{name}: {whatItMustBe}";
        if (!_problems.Contains(problem))
        {
            _problems.Add(problem);
        }
    }

    /// <summary>The trimmed value; null when it is absent, empty, or an unresolved reference (which is reported).</summary>
    public string? Text(string name)
    {
        _known.Add(name.Split("__")[0]);
        var key = name.Replace("__", ":", StringComparison.Ordinal);
        var value = configuration[key] ?? defaults?[key];
        if (value?.StartsWith("@Microsoft.KeyVault(", StringComparison.OrdinalIgnoreCase) is true)
        {
            Wrong(name, "still reads @Microsoft.KeyVault(…): the reference is not resolved; see the setting's status in the portal (identity, role Key Vault Secrets User, name)");
            return null;
        }

        return string.IsNullOrWhiteSpace(value) ? null : value.Trim();
    }

    public string Required(string name, string whatItMustBe)
    {
        var problems = _problems.Count;
        var value = Text(name);
        if (value is null && _problems.Count == problems)
        {
            Wrong(name, $"is missing; it must be {whatItMustBe}");
        }

        return value ?? "";
    }

    public bool Flag(string name)
    {
        if (Text(name) is not { } value)
        {
            return false;
        }

        if (!bool.TryParse(value, out var flag))
        {
            Wrong(name, "must be true or false");
        }

        return flag;
    }

    /// <summary>An absolute http or https address without a trailing slash, or null when absent or wrong.</summary>
    public Uri? Address(string name)
    {
        if (Text(name) is not { } value)
        {
            return null;
        }

        if (Uri.TryCreate(value.TrimEnd('/'), UriKind.Absolute, out var address) && address.Scheme is "https" or "http")
        {
            if (address.Scheme == "http" && !address.IsLoopback)
            {
                Wrong(name, "must begin with https:// (http is for an address on this machine alone)");
            }

            return address;
        }

        Wrong(name, "must be an address that begins with https://");
        return null;
    }

    /// <summary>Whole days: <c>3</c>, or <c>3.00:00:00</c>.</summary>
    public TimeSpan Days(string name, TimeSpan standard, int least = 0)
    {
        if (Text(name) is not { } value)
        {
            return standard;
        }

        if (TimeSpan.TryParse(value, out var days) && days.TotalDays >= least && days.Ticks % TimeSpan.TicksPerDay == 0 && days.Days <= 366)
        {
            return days;
        }

        Wrong(name, $"must be a whole number of days from {least} to 366 (3, or 3.00:00:00){Not(value)}");
        return standard;
    }

    /// <summary>Whole seconds: <c>30</c>, or <c>00:00:30</c>.</summary>
    public TimeSpan Seconds(string name, TimeSpan standard, int least, int most)
    {
        if (Text(name) is not { } value)
        {
            return standard;
        }

        // TimeSpan would take a bare number for days.
        var span = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? TimeSpan.FromSeconds(number)
            : TimeSpan.TryParse(value, CultureInfo.InvariantCulture, out var written) ? written
            : TimeSpan.Zero;
        if (span.Ticks % TimeSpan.TicksPerSecond == 0 && span.TotalSeconds >= least && span.TotalSeconds <= most)
        {
            return span;
        }

        Wrong(name, $"must be a whole number of seconds from {least} to {most} ({most}, or {TimeSpan.FromSeconds(most):c}){Not(value)}");
        return standard;
    }

    public T Choice<T>(string name, T standard)
        where T : struct, Enum
    {
        if (Text(name) is not { } value)
        {
            return standard;
        }

        // TryParse takes numbers too.
        if (Enum.TryParse<T>(value, ignoreCase: true, out var choice) && Enum.IsDefined(choice) && char.IsAsciiLetter(value[0]))
        {
            return choice;
        }

        Wrong(name, $"must be one of {string.Join(", ", Enum.GetNames<T>())}{Not(value)}");
        return standard;
    }

    /// <summary>Values separated by commas, or numbered (<c>Name__0</c>, <c>Name__1</c>).</summary>
    public IReadOnlyList<string> List(string name)
    {
        if (Text(name) is { } value)
        {
            return value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        }

        var children = configuration.GetSection(name).GetChildren().ToList();
        if (children.Count == 0 && defaults is not null)
        {
            children = [.. defaults.GetSection(name).GetChildren()];
        }

        return [.. children.Select(child => child.Value?.Trim()).OfType<string>().Where(text => text.Length > 0)];
    }

    private string Owner(string name)
    {
        var key = name.Replace("__", ":", StringComparison.Ordinal);
        return defaults is not null && !configuration.GetSection(key).Exists() && defaults.GetSection(key).Exists() ? $"{Defaults}__" : prefix;
    }

    /// <summary>Reports what is set but was never asked for: a misspelt name would otherwise be a default in disguise.</summary>
    public void ReportUnknown()
    {
        foreach (var child in configuration.GetChildren().Where(child => !_known.Contains(child.Key)))
        {
            Wrong(child.Key, $"is not a setting; the settings here are {string.Join(", ", _known.Order(StringComparer.Ordinal))}");
        }
    }
}
