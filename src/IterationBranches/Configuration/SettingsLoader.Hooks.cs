using Microsoft.Extensions.Configuration;

namespace IterationBranches.Configuration;

/// <summary>Of the app's settings, those that say where service hooks belong: an administrator's machine has no others.</summary>
public sealed class HookSettings
{
    /// <summary>Without the app's own token: who administers hooks is somebody else.</summary>
    public required BoardsSettings Boards { get; init; }

    public required string Username { get; init; }

    /// <summary>Null when it is not set, or not asked for.</summary>
    public string? Password { get; init; }

    public IReadOnlyList<Track> Tracks { get; init; } = [];

    /// <inheritdoc cref="Settings.TracksOff"/>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> TracksOff { get; init; }

    public IReadOnlyList<string> Problems { get; init; } = [];
}

public static partial class SettingsLoader
{
    /// <summary>Azure DevOps' own limit.</summary>
    private const int LongestPassword = 256;

    /// <param name="withPassword">Whether the hooks' password is needed; otherwise it is not even looked at.</param>
    public static HookSettings LoadHooks(IConfiguration configuration, bool withPassword)
    {
        var reader = new SettingsReader(configuration);
        var (tracks, off) = TrackReader.Read(configuration);
        var address = ReadBoardsAddress(reader);
        var boards = new BoardsSettings { BaseUrl = address, Organization = ReadOrganization(reader, address) };
        ReportUnknown(configuration.GetSection("Boards"), reader);
        var hook = withPassword ? ReadServiceHook(reader) : null;
        if (withPassword)
        {
            ReportUnknown(configuration.GetSection("ServiceHook"), reader);
        }

        if (hook?.Password is { } password && (password.Length > LongestPassword || password.Any(char.IsWhiteSpace)))
        {
            reader.Wrong("ServiceHook__Password", $"must have no white space and at most {LongestPassword} characters: Azure DevOps takes no other");
        }

        return new()
        {
            Boards = boards,
            Username = hook?.Username ?? "",
            Password = hook?.Password,
            Tracks = tracks,
            TracksOff = off,
            Problems = reader.Problems,
        };
    }
}
