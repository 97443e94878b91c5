using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace IterationBranches.Configuration;

/// <summary>
/// Reads settings one by one and gathers everything that is wrong with them, each by the name under which it was set.
/// The configuration binder stops at the first value that it cannot convert, and an operator wants to hear all at once.
/// </summary>
internal sealed partial class SettingsReader(IConfiguration configuration, string prefix = "", IConfiguration? defaults = null)
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

    /// <summary>The trimmed value; null when it is absent or empty, or cannot be meant (which is reported).</summary>
    public string? Text(string name)
    {
        _known.Add(name.Split("__")[0]);
        var key = name.Replace("__", ":", StringComparison.Ordinal);
        return Meant(name, configuration[key] ?? defaults?[key]);
    }

    /// <summary>A token or an id, which no escape protects in a header; null when it is absent or wrong.</summary>
    public string? Token(string name)
    {
        var value = Text(name);
        if (value is not null && Characters.NotOfToken(value) is { } strange)
        {
            Wrong(name, $"must be one token or id alone, of letters, digits and signs of ASCII; {strange}");
            return null;
        }

        return value;
    }

    /// <param name="normal">The one form of a value; null when it cannot be meant.</param>
    public string? Normal(string name, string whatItMustBe, Func<string, string?> normal)
    {
        var value = Text(name);
        var form = value is null ? null : normal(value);
        if (value is not null && form is null)
        {
            Wrong(name, $"{whatItMustBe}{Not(value)}");
        }

        return form;
    }

    /// <param name="read">Null: <see cref="Text"/>.</param>
    public string Required(string name, string whatItMustBe, Func<string, string?>? read = null)
    {
        var problems = _problems.Count;
        var value = (read ?? Text)(name);
        if (value is null && _problems.Count == problems)
        {
            Wrong(name, $"is missing; it must be {whatItMustBe}");
        }

        return value ?? "";
    }

    private string? Meant(string name, string? value)
    {
        value = value?.Trim();
        if (string.IsNullOrEmpty(value))
        {
            return null;
        }

        if (Reference().Match(value) is { Success: true } reference)
        {
            var (kind, role) = reference.Groups["kind"].Value.ToUpperInvariant() switch
            {
                "KEYVAULT" => ("KeyVault", "Key Vault Secrets User"),
                "APPCONFIGURATION" => ("AppConfiguration", "App Configuration Data Reader"),
                _ => (reference.Groups["kind"].Value, "that it needs"),
            };
            Wrong(name, $"still reads @Microsoft.{kind}(…): the reference is not resolved; see the setting's status in the portal (identity, role {role}, name)");
            return null;
        }

        if (Characters.Unseen(value) is { } strange)
        {
            Wrong(name, $"has a character that cannot be in it, and that nobody sees; {strange}. Type it anew");
            return null;
        }

        return value;
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

        if (Characters.NotOfAddress(value) is { } strange)
        {
            Wrong(name, $"must be an address that begins with https://; {strange}, which no address has");
        }
        else if (Uri.TryCreate(value.TrimEnd('/'), UriKind.Absolute, out var address) && address.Scheme is "https" or "http" && IsHost(address))
        {
            if (address.Scheme == "http" && !address.IsLoopback)
            {
                Wrong(name, "must begin with https:// (http is for an address on this machine alone)");
            }
            else if (address.UserInfo.Length + address.Query.Length + address.Fragment.Length > 0)
            {
                Wrong(name, "must be an address alone, without a name before an @, and without anything after a ? or #");
            }

            return address;
        }
        else
        {
            Wrong(name, "must be an address that begins with https://");
        }

        return null;
    }

    /// <summary>What <see cref="Uri"/> takes and no resolver does: a part that is empty or too long.</summary>
    private static bool IsHost(Uri address) => address.HostNameType != UriHostNameType.Dns
        || (address.Host.Length <= 253 && address.Host.TrimEnd('.').Split('.').All(part => part.Length is >= 1 and <= 63));

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

        return [.. children.Select(child => Meant($"{name}__{child.Key}", child.Value)).OfType<string>()];
    }

    /// <inheritdoc cref="Normal"/>
    public IReadOnlyList<string> NormalList(string name, string whatTheyMustBe, Func<string, string?> normal)
    {
        var forms = List(name).Select(normal).ToList();
        foreach (var (index, _) in forms.Index().Where(form => form.Item is null))
        {
            Wrong(name, $"{whatTheyMustBe}; number {index + 1} is not");
        }

        return [.. forms.OfType<string>()];
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

    [GeneratedRegex(@"^@Microsoft\.(?<kind>[A-Za-z]{1,40})\(", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reference();
}
