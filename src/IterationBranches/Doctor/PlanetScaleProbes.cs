using System.Globalization;
using IterationBranches.Configuration;
using IterationBranches.PlanetScale;

namespace IterationBranches.Doctor;

/// <summary>The service token: whether it is accepted, whose it is, when it ends, and what it may do that it should not. Then each database, once.</summary>
internal sealed class PlanetScaleProbes(Settings settings, Func<PlanetScaleAccess> access, Func<PlanetScaleBranches> branches, TimeProvider time) : ISystemProbes
{
    private const string Name = "PlanetScale";
    private const string TokenName = "PlanetScale, service token";

    private static readonly TimeSpan s_soon = TimeSpan.FromDays(14);
    private static readonly TimeSpan s_skew = TimeSpan.FromSeconds(60);

    public IEnumerable<Probe> Probes()
    {
        if (WrongSettings.Of(settings, Name, "PlanetScale__") is { } wrong)
        {
            return [wrong];
        }

        var databases = settings.Tracks.GroupBy(track => track.Database, StringComparer.OrdinalIgnoreCase).ToList();
        // Asked once, for all who want to know.
        var token = new Lazy<Task<ServiceToken?>>(() => access().FindServiceTokenAsync(CancellationToken.None));
        return
        [
            new(Name, LookAtOrganizationAsync) { Mend = _ => MendToken },
            new(TokenName, async _ => await token.Value is { } found ? [.. Judge(found, [.. databases.Select(group => group.Key)])] : [Unseen]) { Mend = _ => MendToken },
            .. databases.Select(tracks => new DatabaseProbe(settings, access, branches, token, time, [.. tracks]).Probe),
        ];
    }

    private string MendToken =>
        $"Make a new service token of the organization {settings.PlanetScale.Organization} (Settings, Service tokens), and set PlanetScale__ServiceTokenId and PlanetScale__ServiceToken; it may have expired or been deleted.";

    private static Check Unseen => Check.Warning(
        TokenName,
        "what the service token may do cannot be seen beforehand: connecting and deleting, and whether it may do more than it should",
        "To see it here, add read_service_tokens of the organization to the token; it changes nothing.");

    private async Task<IReadOnlyList<Check>> LookAtOrganizationAsync(CancellationToken cancellationToken)
    {
        var seen = await access().ListOrganizationsAsync(cancellationToken);
        var organization = settings.PlanetScale.Organization;
        return
        [
            seen.Names.Contains(organization, StringComparer.OrdinalIgnoreCase)
                ? Check.Ok(Name, $"the service token is one of the organization {organization}")
                : Check.Failed(
                    Name, $"the organization {organization} is not one that the service token sees",
                    "Correct PlanetScale__Organization, or set PlanetScale__ServiceTokenId and PlanetScale__ServiceToken to a token of that organization."),
            Clock(time.GetUtcNow() - seen.AsOf),
        ];
    }

    private static Check Clock(TimeSpan ahead) => ahead.Duration() > s_skew
        ? Check.Warning(
            "clock", $"this machine's clock is {ahead.Duration().TotalSeconds:0} seconds {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} PlanetScale's",
            "Let the machine's clock be set from the network; in Azure it is, so ask again first.")
        : Check.Ok("clock", "as PlanetScale's");

    private IEnumerable<Check> Judge(ServiceToken token, IReadOnlyList<string> databases)
    {
        yield return token.ExpiresAt is { } end && end - time.GetUtcNow() < s_soon
            ? Check.Warning(
                TokenName, $"the service token ends on {end.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}",
                "Make a new one in time, and set PlanetScale__ServiceTokenId, PlanetScale__ServiceToken and PlanetScale__ActorId: what the old one made is known as ours by the former's actor.")
            : Check.Ok(TokenName, token.ExpiresAt is { } later ? $"ends on {later.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}" : "does not end by itself");
        if (ServiceTokenPermissions.Excess(token, database: null, []) is { Count: > 0 } ofOrganization)
        {
            yield return TooMuch($"of the organization {settings.PlanetScale.Organization}", ofOrganization);
        }

        var others = token.Permissions.Select(held => held.Database).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase).Except(databases, StringComparer.OrdinalIgnoreCase);
        foreach (var other in others.Order(StringComparer.Ordinal))
        {
            if (ServiceTokenPermissions.Excess(token, other, []) is { Count: > 0 } excess)
            {
                yield return TooMuch($"on the database {other}, which no track names", excess);
            }
        }
    }

    internal static Check TooMuch(string where, IReadOnlyList<string> permissions) => Check.Warning(
        TokenName, $"the service token is permitted more than the app needs {where}: {string.Join(", ", permissions)}",
        $"Take {string.Join(", ", permissions)} from it (Settings, Service tokens).");
}
