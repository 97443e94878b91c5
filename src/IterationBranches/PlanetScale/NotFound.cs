using IterationBranches.Configuration;

namespace IterationBranches.PlanetScale;

/// <summary>A 404 of PlanetScale means "not there" or "not permitted"; which one is found out before anything is said.</summary>
internal sealed class NotFound(IPlanetScaleApi api, Settings settings)
{
    // 20,000 entries. PlanetScale allows a database 100 development branches.
    private const int MostPages = 200;

    /// <summary>Waits for the answer; behind a 404, what is to be blamed is the failure.</summary>
    public async Task<T> ExplainAsync<T>(Task<T> request, Operation operation, CancellationToken cancellationToken)
    {
        try
        {
            return await request;
        }
        catch (PlanetScaleException refusal) when (refusal.Status == 404)
        {
            await ThrowIfTokenIsBadAsync(operation, refusal, cancellationToken);
            throw;
        }
    }

    /// <summary>Every page; a half list is an exception, since what is missing from a list is taken to be gone.</summary>
    public async Task<List<T>> ListAsync<T>(Func<int, Task<Page<T>?>> read, Operation operation, CancellationToken cancellationToken)
        where T : class
    {
        var items = new List<T>();
        var page = 1;
        for (var pages = 0; pages < MostPages; pages++)
        {
            var body = await ExplainAsync(read(page), operation, cancellationToken);
            items.AddRange((body?.Data ?? throw operation.NotUnderstood("there is no \"data\"")).OfType<T>());
            if (body.NextPage is not { } next)
            {
                return items;
            }

            page = next > page ? next : throw operation.NotUnderstood($"page {page} is followed by page {next}");
        }

        throw new PlanetScaleException(Failure.PersonNeeded, $"PlanetScale was asked to {operation.Name}, and there were more than {MostPages} pages.");
    }

    /// <summary>As PlanetScale's own command line does: a good token can always list its organizations.</summary>
    /// <param name="notFound">The 404.</param>
    public async Task ThrowIfTokenIsBadAsync(Operation operation, PlanetScaleException notFound, CancellationToken cancellationToken)
    {
        if (await ReadOrganizationsAsync(operation, cancellationToken) is { Data: { } seen, NextPage: null }
            && !seen.Any(one => string.Equals(one?.Name, settings.PlanetScale.Organization, StringComparison.OrdinalIgnoreCase)))
        {
            throw PlanetScaleRefusals.WrongOrganization(settings.PlanetScale.Organization, operation, notFound);
        }
    }

    private async Task<Page<OrganizationBody>> ReadOrganizationsAsync(Operation operation, CancellationToken cancellationToken)
    {
        try
        {
            using var seen = await api.ListOrganizationsAsync(Operation.ListOrganizations, cancellationToken);
            return seen.Content ?? throw Operation.ListOrganizations.NotUnderstood("it is empty");
        }
        catch (PlanetScaleException refusal) when (refusal.Status is 401 or 403 or 404)
        {
            throw PlanetScaleRefusals.BadToken(operation, refusal);
        }
    }
}
