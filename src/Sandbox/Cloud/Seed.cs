namespace IterationBranches.Sandbox.Cloud;

/// <summary>A team of the story, and the track that serves it.</summary>
public sealed record SeededTrack(string Name, string Team, string Database);

/// <summary>
/// The company of the story: one project, two teams, two databases; a current sprint, one that starts within the lead
/// time of three days, one far off, and one without dates.
/// </summary>
public sealed class Seed
{
    public const string Project = "Meridian";
    public const string Shop = "shop";
    public const string Inventory = "inventory";

    /// <summary>The web site that reads the first track's alias.</summary>
    public const string Site = "/subscriptions/00000000-0000-4000-8000-000000000003/resourceGroups/shop/providers/Microsoft.Web/sites/shop-web";

    private readonly SandboxCloud _cloud;
    private readonly DateOnly _today;
    private Guid _hotfix;

    private Seed(SandboxCloud cloud, DateOnly today) => (_cloud, _today) = (cloud, today);

    public static IReadOnlyList<SeededTrack> Tracks { get; } = [new("orders", "Payments", Shop), new("stock", "Warehouse", Inventory)];

    /// <summary>The track whose current credential an operator has replaced.</summary>
    public static SeededTrack Rotated => Tracks[1];

    public Guid Current { get; private set; }

    public Guid Next { get; private set; }

    public Guid FarOff { get; private set; }

    public Guid Undated { get; private set; }

    /// <summary>Names by id, as they are in Boards.</summary>
    public Dictionary<Guid, string> Names { get; } = [];

    /// <summary>The iterations that the track's team has selected.</summary>
    public IEnumerable<(Guid Id, string Name)> NamesOf(SeededTrack track) => Names
        .Where(name => track == Tracks[0] || name.Key != _hotfix)
        .Select(name => (name.Key, name.Value));

    public static Seed Plant(SandboxCloud cloud, DateOnly today)
    {
        var seed = new Seed(cloud, today);
        cloud.Boards.AddProject(Project);
        foreach (var track in Tracks)
        {
            cloud.Boards.AddTeam(Project, track.Team);
        }

        seed.Current = seed.Add("Sprint 42", -9, 1);
        seed.Next = seed.Add("Sprint 43", 2, 12);
        seed.FarOff = seed.Add("Sprint 44", 16, 26);
        seed.Undated = seed.Add("Sprint 45 – März", null, null);
        foreach (var (track, iteration) in Tracks.SelectMany(track => seed.Names.Keys.Select(iteration => (track, iteration))))
        {
            cloud.Boards.SelectForTeam(Project, track.Team, iteration);
        }

        return seed;
    }

    /// <summary>A sprint that the first team adds in the middle of things.</summary>
    public Guid AddHotfixSprint()
    {
        var id = _hotfix = Add("Hotfix week", 1, 6);
        _cloud.Boards.SelectForTeam(Project, Tracks[0].Team, id);
        return id;
    }

    public static Dictionary<string, string> Settings()
    {
        var settings = new Dictionary<string, string> { ["TrackDefaults__Project"] = Project, ["TrackDefaults__Retire"] = "Keep" };
        foreach (var track in Tracks)
        {
            settings[$"Tracks__{track.Name}__Team"] = track.Team;
            settings[$"Tracks__{track.Name}__Database"] = track.Database;
        }

        settings[$"Tracks__{Tracks[0].Name}__RefreshSites"] = Site;
        return settings;
    }

    private Guid Add(string name, int? start, int? finish)
    {
        var id = _cloud.Boards.AddIteration(Project, null, name, Day(start), Day(finish));
        Names[id] = name;
        return id;
    }

    private DateOnly? Day(int? offset) => offset is { } days ? _today.AddDays(days) : null;
}
