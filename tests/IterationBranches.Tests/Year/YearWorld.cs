using IterationBranches.Sandbox.StandIns;
using IterationBranches.Sandbox.StandIns.PlanetScale;
using IterationBranches.Testing;
using IterationBranches.Testing.Hands;
using IterationBranches.Tests.CrashMatrix;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Tests.Year;

/// <summary>Three databases, four tracks, and a year that begins in Berlin.</summary>
internal sealed class YearWorld : OutsideWorld
{
    public const string Project = "Meridian";
    public const string Shop = "shop";
    public const string Ledger = "ledger";
    public const string Drafts = "drafts";

    public static readonly TimeZoneInfo Zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
    public static readonly DateOnly FirstDay = new(2026, 1, 1);

    private YearWorld()
        : base(InstantOf(FirstDay, TimeSpan.Zero))
    {
    }

    public override LogLevel ClientsLog => LogLevel.Warning;

    /// <summary>What changes something, as it is answered.</summary>
    public Action<Sandbox.StandIns.Call>? Changed { get; set; }

    public int CallCount { get; private set; }

    public PlanetScaleDatabase ShopDatabase { get; private set; } = null!;

    public DateOnly Today => DateOnly.FromDateTime(Local);

    public TimeSpan TimeOfDay => Local.TimeOfDay;

    private DateTime Local => TimeZoneInfo.ConvertTime(Clock.GetUtcNow(), Zone).DateTime;

    public static DateTimeOffset InstantOf(DateOnly day, TimeSpan time)
    {
        var local = day.ToDateTime(TimeOnly.MinValue) + time;
        return new DateTimeOffset(local, Zone.GetUtcOffset(local)).ToUniversalTime();
    }

    public static async Task<YearWorld> StartAsync(IReadOnlyList<Team> teams)
    {
        var world = new YearWorld();
        await world.StartServicesAsync();
        world.Boards.AddPersonalAccessToken(Http.SomeSettings.PersonalAccessToken, ["vso.work"]);
        world.Boards.AddProject(Project);
        foreach (var team in teams)
        {
            world.Boards.AddTeam(Project, team.Name);
        }

        world.ShopDatabase = world.PlanetScale.AddDatabase("acme", Shop);
        world.PlanetScale.AddDatabase("acme", Drafts);
        world.PlanetScale.AddDatabase("acme", Ledger, "postgresql");
        string[] all = [.. TokenPermissions.Development, .. TokenPermissions.DataBranching];
        world.PlanetScale.AddServiceToken("token-id", Http.SomeSettings.ServiceToken, Actor, new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
        {
            [Shop] = TokenPermissions.Development,
            [Drafts] = TokenPermissions.Development,
            [Ledger] = all,
        });
        world.PlanetScale.RestoreTakes = TimeSpan.FromMinutes(3);
        world.PlanetScale.DeletionTakes = TimeSpan.FromSeconds(25);
        world.KeyVault.DeletionTakes = TimeSpan.FromSeconds(2);
        world.KeyVault.RecoveryTakes = TimeSpan.FromSeconds(2);
        world.KeyVault.Allow(App, "getSecret", "readMetadata", "setSecret", "update", "recover", "delete");
        world.Settle(teams);
        return world;
    }

    /// <summary>The settings of the app, as the teams would have them now.</summary>
    public void Settle(IReadOnlyList<Team> teams)
    {
        var values = SettingValues.Working().Where(value => !value.Key.StartsWith("Tracks__", StringComparison.Ordinal)).ToDictionary();
        values["Boards__TimeZone"] = Zone.Id;
        foreach (var team in teams)
        {
            var prefix = $"Tracks__{team.Track}__";
            values[prefix + "Project"] = Project;
            values[prefix + "Team"] = team.Name;
            values[prefix + "Database"] = team.Database;
            values[prefix + "BranchName"] = "{track}-{iteration}";
            values[prefix + "Retire"] = team.Retire;
            values[prefix + "RetireUndeployed"] = team.RetireUndeployed ? "true" : "false";
            values[prefix + "DataBranching"] = team.Database == Ledger ? "true" : "false";
            values[prefix + "LeadTime"] = team.Lead is { } lead ? $"{lead}" : "Always";
        }

        Settings = Load(values);
    }

    public override void Listen()
    {
        foreach (StandIn service in (StandIn[])[Boards, PlanetScale, KeyVault])
        {
            service.Calls.Added = call =>
            {
                CallCount++;
                if (call.IsWrite)
                {
                    Changed?.Invoke(call);
                }
            };
        }
    }
}
