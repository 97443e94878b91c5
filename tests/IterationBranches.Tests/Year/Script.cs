using System.Globalization;
using IterationBranches.Testing.Faults;
using IterationBranches.Testing.Hands;

namespace IterationBranches.Tests.Year;

/// <summary>What people do in this year, day by day, at nine in the morning.</summary>
internal sealed class Script
{
    private const string Undeployed = "schema changes that are not in its parent";
    private const string Protected = "protected";
    private const string Child = "a child";
    private const string DeployRequest = "an open deploy request";

    private readonly Hands _hands;
    private readonly Dictionary<DateOnly, List<Func<Task>>> _days = [];
    private int _deployRequest;

    public Script(Hands hands)
    {
        _hands = hands;
        Comes();
        Lives();
        IsMovedAbout();
        IsGuarded();
        Goes();
        IsRefused();
    }

    public async Task PlayAsync(DateOnly today)
    {
        foreach (var act in _days.GetValueOrDefault(today, []))
        {
            await act();
        }
    }

    /// <summary>Names that are taken.</summary>
    private void Comes()
    {
        On("01-01", () =>
        {
            _hands.AddForeignSecret("ConnectionStrings--plans");
            _hands.AddForeignSecret("br-notes");
            _hands.AddForeignBranch(YearWorld.Shop, "experiment");
            _hands.AddForeignBranch(YearWorld.Ledger, "experiment");
            _hands.Foreign.AddPassword(YearWorld.Shop, _hands.World.PlanetScale.AddPasswordByHand(YearWorld.Shop, "main", "ib-looks-like-ours"));
            _hands.Team("plans").AliasTrouble = "its name is taken";
        });
        On("01-12", () =>
        {
            _hands.RemoveForeignSecret("ConnectionStrings--plans");
            _hands.Team("plans").AliasTrouble = null;
            return _hands.RetryAsync("plans");
        });
        On("01-14", () =>
        {
            _hands.AddForeignBranch(YearWorld.Shop, "orders-sprint-2");
            _hands.Life("orders", "Sprint 2").HasSuffix = true;
        });
        On("02-20", () =>
        {
            var life = _hands.Life("orders", "Sprint 5");
            _hands.AddForeignSecret(life.Record);
            life.Trouble = "the name of its record is taken";
        });
        On("03-04", () =>
        {
            var life = _hands.Life("orders", "Sprint 5");
            _hands.RemoveForeignSecret(life.Record);
            life.Trouble = null;
            return _hands.RetryAsync("orders");
        });
    }

    /// <summary>Credentials and secrets.</summary>
    private void Lives()
    {
        On("01-08", () => _hands.DeletePassword(_hands.Life("orders", "Sprint 1")));
        On("01-15", () => _hands.World.PlanetScale.CreateTableAs(_hands.Credential(_hands.Life("books", "Month 1"))));
        On("01-16", () => _hands.RotateAsync(_hands.Life("books", "Month 1")));
        On("01-21", () => _hands.RotateAsync(_hands.Life("orders", "Sprint 2")));
        On("01-23", () => _hands.RotateAsync(_hands.Life("orders", "Sprint 2"), revokeNow: true));
        On("02-04", () => _hands.DisableRecord(_hands.Life("orders", "Sprint 3")));
        On("02-06", () => _hands.RotateAsync(_hands.Life("orders", "Sprint 3")));
        On("02-10", () => _hands.DeleteSecret(_hands.Life("orders", "Sprint 3").Record));
        On("02-11", () => _hands.DeleteSecret(_hands.Team("orders").Alias));
        On("02-17", () => _hands.DeleteBranch(_hands.Life("orders", "Sprint 4")));
        On("02-19", () => _hands.RecreateAsync(_hands.Life("orders", "Sprint 4")));
        On("05-28", () => _hands.World.PlanetScale.ForgetsExpired = true);
        // Not renewable, so rotated.
        On("06-01", () => _hands.World.PlanetScale.Faults.Add("renew_password", Fault.Refuse(422, body: """{"code":"unprocessable","message":"Password is not renewable"}"""), times: 3));
    }

    /// <summary>Dates, names, parents and lists.</summary>
    private void IsMovedAbout()
    {
        On("01-13", () => _hands.Rename(Sprint("Sprint 1"), "Sprint One"));
        On("01-26", () => _hands.Select("search", Sprint("Sprint 4")));
        On("01-27", () => SetFinish("Sprint 2", "02-06"));
        // Told already, and then moved: it is told anew.
        On("01-28", () => SetFinish("Sprint One", "01-22"));
        On("02-12", () => _hands.SetDates(Sprint("Month 2"), null, null));
        On("02-16", () => _hands.SetDates(Sprint("Month 2"), Day("02-02"), Day("02-27")));
        On("03-02", () => SetFinish("Search 1", "03-09"));
        On("03-10", () => _hands.Deselect(_hands.Life("orders", "Sprint 5")));
        On("03-12", () => _hands.Select("orders", Sprint("Sprint 5")));
        On("03-24", () => _hands.Deselect(_hands.Life("search", "Search 3")));
        On("05-05", () => _hands.Remove(Sprint("Sprint 9")));
        On("05-06", () =>
        {
            _hands.AddSprint("orders", "Sprint 9", Day("04-27"), Day("05-08"), "Release 1");
            _hands.Life("orders", "Sprint 9").HasSuffix = true;
        });
        On("06-11", () => SetFinish("Sprint 12", "06-10"));
        On("06-15", () => _hands.Move(Sprint("Sprint 14"), "Release 1"));
        On("06-16", () => _hands.SetDates(Sprint("Sprint 13"), Day("06-17"), Day("07-01")));
    }

    /// <summary>Branches that must not be deleted yet.</summary>
    private void IsGuarded()
    {
        On("02-12", () => _hands.Guard(_hands.Life("orders", "Sprint 2"), Protected, id => _hands.World.PlanetScale.SetDeletionProtection(YearWorld.Shop, id)));
        On("03-01", () => _hands.Free(_hands.Life("orders", "Sprint 2"), Protected, id => _hands.World.PlanetScale.SetDeletionProtection(YearWorld.Shop, id, isProtected: false)));
        On("02-13", () => _hands.Guard(_hands.Life("orders", "Sprint 3"), Undeployed, id => _hands.World.PlanetScale.ChangeSchema(YearWorld.Shop, id)));
        On("03-05", () => _hands.Free(_hands.Life("orders", "Sprint 3"), Undeployed, id => _hands.World.PlanetScale.ChangeSchema(YearWorld.Shop, id, "added_by_a_person", definition: null)));
        On("02-25", () => _hands.Guard(_hands.Life("orders", "Sprint 4"), Child, id => _hands.AddForeignBranch(YearWorld.Shop, "child", id)));
        On("03-20", () => _hands.Free(_hands.Life("orders", "Sprint 4"), Child, _ =>
        {
            var child = _hands.World.PlanetScale.Branches(YearWorld.Shop).First(branch => branch.Name == "child").Id;
            _hands.Foreign.Forget(child);
            _hands.World.PlanetScale.DeleteBranchByHand(YearWorld.Shop, child);
        }));
        On("03-25", () => _hands.Guard(_hands.Life("orders", "Sprint 6"), DeployRequest, id => _deployRequest = _hands.World.PlanetScale.OpenDeployRequest(YearWorld.Shop, id)));
        On("04-22", () => _hands.Free(_hands.Life("orders", "Sprint 6"), DeployRequest, _ => _hands.World.PlanetScale.CloseDeployRequest(YearWorld.Shop, _deployRequest)));
        On("04-24", () => _hands.Guard(_hands.Life("books", "Month 4"), Protected, id => _hands.World.PlanetScale.SetDeletionProtection(YearWorld.Ledger, id)));
        On("06-20", () => _hands.Free(_hands.Life("books", "Month 4"), Protected, id => _hands.World.PlanetScale.SetDeletionProtection(YearWorld.Ledger, id, isProtected: false)));
    }

    private void Goes()
    {
        // What somebody else made on a branch of ours outlives the revocation.
        On("03-03", () => _hands.Foreign.AddPassword(YearWorld.Shop, _hands.World.PlanetScale.AddPasswordByHand(YearWorld.Shop, _hands.Life("search", "Search 3").BranchId!, "a report's")));
        // Deleted, and wanted again.
        On("04-30", () => SetFinish("Sprint 7", "05-08"));
        On("03-10", () => _hands.World.PlanetScale.ChangeSchema(YearWorld.Drafts, _hands.Life("plans", "Plan 2").BranchId!));
        On("07-20", () =>
        {
            _hands.Team("plans").Choose("Delete", retireUndeployed: true, _hands.World.Today);
            _hands.World.Settle(_hands.Teams);
        });
    }

    /// <summary>Limits and backups.</summary>
    private void IsRefused()
    {
        On("04-10", () => _hands.World.PlanetScale.DeleteBackups(YearWorld.Ledger, "main"));
        On("04-16", () => _hands.Life("books", "Month 4").Trouble = "there is no backup to make it from");
        On("04-20", () =>
        {
            _hands.World.PlanetScale.AddBackup(YearWorld.Ledger, "main");
            _hands.Life("books", "Month 4").Trouble = null;
            return _hands.RetryAsync("books");
        });
        On("05-20", () =>
        {
            _hands.World.ShopDatabase.DevelopmentBranchLimit = 1;
            _hands.AtLimitUntil = Day("05-26");
        });
        On("05-27", () =>
        {
            _hands.World.ShopDatabase.DevelopmentBranchLimit = 100;
            return _hands.RetryAsync("orders");
        });
    }

    private Sprint Sprint(string name) => _hands.Sprints.Last(sprint => sprint.Name == name);

    private void SetFinish(string sprint, string finish) => _hands.SetDates(Sprint(sprint), Sprint(sprint).Start, Day(finish));

    private static DateOnly Day(string monthAndDay) => DateOnly.ParseExact($"2026-{monthAndDay}", "yyyy-MM-dd", CultureInfo.InvariantCulture);

    private void On(string monthAndDay, Action act) => On(monthAndDay, () =>
    {
        act();
        return Task.CompletedTask;
    });

    private void On(string monthAndDay, Func<Task> act)
    {
        var day = Day(monthAndDay);
        if (!_days.TryGetValue(day, out var acts))
        {
            _days[day] = acts = [];
        }

        acts.Add(act);
    }
}
