using System.Text.RegularExpressions;
using IterationBranches.Branches;
using IterationBranches.Credentials;
using Microsoft.Extensions.Configuration;

namespace IterationBranches.Configuration;

/// <summary>Reads <c>Tracks__…</c> over <c>TrackDefaults__…</c>. A wrong track is off; the others run.</summary>
internal static partial class TrackReader
{
    /// <summary>Each of many tracks that clash has a message of its own.</summary>
    private const int MostNames = 10;

    public static (IReadOnlyList<Track> Tracks, IReadOnlyDictionary<string, IReadOnlyList<string>> Off) Read(IConfiguration configuration)
    {
        var off = new Dictionary<string, IReadOnlyList<string>>(StringComparer.OrdinalIgnoreCase);
        var tracks = new List<Track>();
        foreach (var section in configuration.GetSection("Tracks").GetChildren())
        {
            var reader = new SettingsReader(section, $"Tracks__{section.Key}__", configuration.GetSection(SettingsReader.Defaults));
            var track = Read(section.Key, reader);
            reader.ReportUnknown();
            if (reader.Problems.Count == 0)
            {
                tracks.Add(track);
            }
            else
            {
                off[section.Key] = reader.Problems;
            }
        }

        foreach (var (name, problems) in Clashes(tracks).ToLookup(clash => clash.Track, clash => clash.Problem).Select(group => (group.Key, group.ToList())))
        {
            off[name] = problems;
        }

        return ([.. tracks.Where(track => !off.ContainsKey(track.Name))], off);
    }

    /// <summary>The settings of a track, without its name: those of <c>TrackDefaults</c> too.</summary>
    internal static IReadOnlySet<string> Names()
    {
        var reader = new SettingsReader(new ConfigurationBuilder().Build());
        Read("any", reader);
        return reader.Known;
    }

    private static Track Read(string name, SettingsReader reader)
    {
        if (!TrackName().IsMatch(name))
        {
            reader.Wrong("", "a track's name must be 1 to 40 letters and digits (A-Z, a-z, 0-9)");
        }

        var template = reader.Text("BranchName") ?? "{iteration}";
        if (!template.Contains("{iteration}", StringComparison.Ordinal) || Placeholder().Replace(template, "") is var rest && (rest.Contains('{') || rest.Contains('}')))
        {
            reader.Wrong("BranchName", $"must contain {{iteration}} and may contain {{track}}, nothing else in braces{SettingsReader.Not(template)}");
        }

        var alias = reader.Text("Alias") ?? $"ConnectionStrings--{name}";
        if (!SecretName().IsMatch(alias) || alias.StartsWith("br-", StringComparison.OrdinalIgnoreCase))
        {
            reader.Wrong("Alias", "must be a Key Vault secret name: 1 to 127 letters, digits and hyphens, and not begin with 'br-', which the records do");
        }

        foreach (var (index, _) in reader.List("RefreshSites").Index().Where(site => !SiteId().IsMatch(site.Item)))
        {
            reader.Wrong("RefreshSites", $"must be resource ids such as /subscriptions/…/resourceGroups/…/providers/Microsoft.Web/sites/NAME; number {index + 1} is not");
        }

        if (reader.Text("Team") is not null && reader.Text("IterationRoot") is not null)
        {
            reader.Wrong("IterationRoot", "cannot stand beside Team: the iterations come from one of them");
        }

        var clusterSize = reader.Text("ClusterSize") ?? BranchSeed.Restore.DevelopmentSize;
        if (!ClusterSize().IsMatch(clusterSize))
        {
            reader.Wrong("ClusterSize", $"must be a cluster size of PlanetScale such as PS_DEV or PS_10{SettingsReader.Not(clusterSize)}");
        }

        reader.Required("Retire", "Keep, Revoke or Delete, for the time after an iteration (here or in TrackDefaults__Retire); there is no default");
        return new Track
        {
            Name = name,
            Project = reader.Required("Project", "the name or id of the Azure DevOps project", name => reader.Normal(name, "must be the project's name or id alone, no address and no path", NormalForms.ProjectOrTeam)),
            Team = reader.Normal("Team", "must be the team's name or id alone, without its project", NormalForms.ProjectOrTeam),
            IterationRoot = reader.Normal("IterationRoot", "must be a path below the project, as Release 5\\Team A, without a part \".\" or \"..\"", NormalForms.IterationRoot),
            Database = reader.Required("Database", "the name of the PlanetScale database", name => reader.Normal(name, "must be the database's name alone, no address", NormalForms.Database)),
            ParentBranch = reader.Text("ParentBranch"),
            BranchName = template,
            LeadTime = string.Equals(reader.Text("LeadTime"), "Always", StringComparison.OrdinalIgnoreCase) ? null : reader.Days("LeadTime", TimeSpan.FromDays(3)),
            Grace = reader.Days("Grace", TimeSpan.FromDays(7)),
            RotationGrace = reader.Days("RotationGrace", TimeSpan.FromDays(7)),
            Role = reader.Choice("Role", CredentialRole.Admin),
            AllowedCidrs = reader.NormalList("AllowedCidrs", "must be addresses, or ranges such as 203.0.113.0/24", NormalForms.AddressRange),
            SecretFormat = reader.Choice("SecretFormat", SecretFormat.AdoNet),
            Alias = alias,
            Retire = reader.Choice("Retire", Retirement.Keep),
            RetireUndeployed = reader.Flag("RetireUndeployed"),
            DataBranching = reader.Flag("DataBranching"),
            AllowProductionBranch = reader.Flag("AllowProductionBranch"),
            ClusterSize = clusterSize,
            GitBranches = reader.NormalList("GitBranches", "must be names of branches, as release/*; nothing in them excludes", NormalForms.GitBranch),
            RefreshSites = reader.List("RefreshSites"),
        };
    }

    private static IEnumerable<(string Track, string Problem)> Clashes(IReadOnlyList<Track> tracks)
    {
        foreach (var group in tracks.GroupBy(track => track.Database, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
        {
            var names = Names(group);
            foreach (var track in group.Where(track => !track.BranchName.Contains("{track}", StringComparison.Ordinal)))
            {
                yield return (track.Name, $"Tracks__{track.Name}__BranchName: must contain {{track}}, because the database {track.Database} serves the tracks {names}");
            }
        }

        foreach (var group in tracks.GroupBy(track => track.Alias, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
        {
            var names = Names(group);
            foreach (var track in group)
            {
                yield return (track.Name, $"Tracks__{track.Name}__Alias: '{track.Alias}' is the alias of the tracks {names} (Key Vault does not tell upper from lower case); each needs its own");
            }
        }

        static string Names(IEnumerable<Track> group)
        {
            var names = group.Select(track => track.Name).ToList();
            return $"{string.Join(", ", names.Take(MostNames))}{(names.Count > MostNames ? $" and {names.Count - MostNames} more" : "")}";
        }
    }

    [GeneratedRegex("^[A-Za-z0-9]{1,40}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TrackName();

    [GeneratedRegex("^[A-Za-z0-9-]{1,127}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SecretName();

    [GeneratedRegex("^[A-Z0-9_-]{1,40}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ClusterSize();

    [GeneratedRegex(@"\{(iteration|track)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Placeholder();

    [GeneratedRegex("^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.Web/sites/[^/]+(/slots/[^/]+)?$", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SiteId();
}
