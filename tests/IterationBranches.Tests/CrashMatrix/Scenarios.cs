
namespace IterationBranches.Tests.CrashMatrix;

/// <summary>The life of a branch after it has come. Sprint 42 is from 24 August to 4 September, Sprint 43 from the day after.</summary>
internal static class Scenarios
{
    private const string New = "create_password, set_secret";

    // PlanetScale deletes later; whether it shows that it is about to is not documented, so the next look asks again.
    private const string Deleted = "update_secret, delete_password, update_secret, delete_branch, delete_branch, delete_secret";

    private static readonly DateTimeOffset s_midSprint = Day(8, 26);
    private static readonly DateOnly s_muchLater = new(2026, 10, 16);

    private static readonly LifeState s_ready42 = new(Stage.Sprint42, (Stage.Sprint42, Life.Ready));
    private static readonly LifeState s_ready = new(Stage.Sprint43, (Stage.Sprint42, Life.Ready), (Stage.Sprint43, Life.Ready));
    private static readonly LifeState s_noticed = new(Stage.Sprint43, (Stage.Sprint42, Life.Noticed), (Stage.Sprint43, Life.Ready));
    private static readonly LifeState s_revoked = new(Stage.Sprint43, (Stage.Sprint42, Life.Revoked), (Stage.Sprint43, Life.Ready));
    private static readonly LifeState s_gone = new(Stage.Sprint43, (Stage.Sprint42, Life.Gone), (Stage.Sprint43, Life.Ready));

    /// <summary>Finish and grace are over on the 11th; then seven days of notice.</summary>
    private static readonly Chapter s_notice = new(Day(9, 12), "update_secret", s_noticed);

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("Rotation")
        {
            Before = [s_midSprint],
            Chapters =
            [
                new(Day(8, 27), $"{New}, set_secret", s_ready42 with { Older = 1 }) { Asks = stage => stage.Rotate(Stage.Sprint42) },
                new(Day(8, 30), "", s_ready42 with { Older = 1 }) { IsQuiet = true },
                // Four hours are left of the seven days.
                new(Day(9, 3).AddHours(-4), "", s_ready42 with { Older = 1 }) { IsQuiet = true },
                new(Day(9, 3).AddHours(6), "delete_password", s_ready42 with { IsPastGraces = true }),
            ],
        },
        new("Rotation with an end at once")
        {
            RevokesAtOnce = true,
            Before = [s_midSprint],
            Chapters =
            [
                new(Day(8, 27), $"{New}, set_secret, delete_password", s_ready42 with { Older = 0 }) { Asks = stage => stage.Rotate(Stage.Sprint42, revokeNow: true) },
                new(Day(9, 3).AddHours(6), "", s_ready42 with { IsPastGraces = true }) { IsQuiet = true },
            ],
        },
        new("Orphan")
        {
            Before = [s_midSprint],
            Chapters =
            [
                new(Day(8, 27), "", s_ready42 with { Older = 0 }),
                new(Day(8, 28), "delete_password", s_ready42 with { Older = 0, IsPastGraces = true }) { Happens = stage => stage.AddOrphan() },
            ],
        },
        new("Renewal")
        {
            Before = [s_midSprint],
            Chapters =
            [
                new(Day(8, 27), "update_secret", s_ready42 with { Older = 0 }) { Happens = stage => stage.MoveFinish(Stage.Sprint42, new(2026, 9, 25)) },
                new(Day(9, 6), "renew_password, update_secret, set_secret", s_ready42),
            ],
        },
        new("Alias")
        {
            Settings = new Dictionary<string, string> { ["RefreshSites"] = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/web" },
            HasNext = true,
            Before = [s_midSprint, Day(9, 4)],
            Chapters = [new(Day(9, 5), "set_secret", s_ready), new(Day(9, 14), "", s_ready with { IsPastGraces = true }) { IsQuiet = true }],
        },
        new("Deletion")
        {
            Settings = Retire("Delete"),
            HasNext = true,
            Before = [s_midSprint, Day(9, 5)],
            Chapters =
            [
                s_notice,
                new(Day(9, 18), "", s_noticed) { IsQuiet = true, IsGuarded = true },
                new(Day(9, 20), "", s_noticed)
                {
                    IsGuarded = true,
                    Happens = stage => stage.ChangeSchema(),
                },
                new(Day(9, 21), Deleted, s_gone)
                {
                    Happens = stage => stage.ChangeSchemaBack(),
                },
                new(Day(9, 29), "", s_gone with { IsPastGraces = true }) { IsQuiet = true },
            ],
        },
        new("Revocation, and recovery from it")
        {
            Settings = Retire("Revoke"),
            HasNext = true,
            Before = [s_midSprint, Day(9, 5)],
            Chapters =
            [
                s_notice with { IsQuiet = true },
                new(Day(9, 20), "update_secret, delete_password", s_revoked),
                new(Day(9, 22), New, s_ready) { Happens = stage => stage.MoveFinish(Stage.Sprint42, s_muchLater) },
                new(Day(9, 30), "", s_ready with { IsPastGraces = true }) { IsQuiet = true },
            ],
        },
        // Where the blow falls decides how far the deletion has come: before the point of no return the branch is kept.
        new("Deletion, and recovery in the middle of it")
        {
            Settings = Retire("Delete"),
            HasNext = true,
            Before = [s_midSprint, Day(9, 5)],
            WhenStruck = (stage, _) => stage.MoveFinish(Stage.Sprint42, s_muchLater),
            Chapters =
            [
                s_notice with { IsQuiet = true },
                new(Day(9, 20), Deleted, s_gone) { HoldsWhenStruck = s_ready },
                new(Day(9, 22), $"set_secret, recover_secret, set_secret, create_branch, update_secret, {New}", s_ready) { Happens = stage => stage.MoveFinish(Stage.Sprint42, s_muchLater) },
                new(Day(9, 30), "", s_ready with { IsPastGraces = true }) { IsQuiet = true },
            ],
        },
        // Before the point of no return it keeps the branch, whoever was struck and wakes up late; but the vault takes a late write.
        new("Deletion, and an objection in the middle of it")
        {
            Settings = Retire("Delete"),
            HasNext = true,
            Before = [s_midSprint, Day(9, 5)],
            WhenStruck = (stage, incident) =>
            {
                if ((incident.IsKill || incident.IsPause) && !incident.IsLateVaultWrite)
                {
                    stage.OpenDeployRequest();
                }
            },
            Chapters =
            [
                s_notice with { IsQuiet = true },
                new(Day(9, 20), Deleted, s_gone) { HoldsWhenStruck = LifeState.Anything },
                new(Day(9, 22), "", s_gone) { IsQuiet = true, Happens = stage => stage.CloseDeployRequest() },
            ],
        },
    ];

    private static Dictionary<string, string> Retire(string retire) => new() { ["Retire"] = retire };

    private static DateTimeOffset Day(int month, int day) => new(2026, month, day, 9, 0, 0, TimeSpan.Zero);
}
