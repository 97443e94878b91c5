using IterationBranches.Configuration;

namespace IterationBranches.PlanetScale;

/// <summary>What the service token sees, and may do. Nothing here changes anything.</summary>
internal sealed class PlanetScaleAccess(IPlanetScaleApi api, Settings settings, TimeProvider time)
{
    private readonly PlanetScaleSettings _settings = settings.PlanetScale;

    /// <summary>The organizations of the token, which any good one may list.</summary>
    public async Task<SeenOrganizations> ListOrganizationsAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var seen = await api.ListOrganizationsAsync(Operation.ListOrganizations, cancellationToken);
            var data = (seen.Content ?? throw Operation.ListOrganizations.NotUnderstood("it is empty")).Data ?? [];
            return new([.. data.Select(organization => organization?.Name).OfType<string>()], seen.Headers?.Date ?? time.GetUtcNow());
        }
        catch (PlanetScaleException refusal) when (refusal.Status == 404)
        {
            throw PlanetScaleRefusals.BadToken(Operation.ListOrganizations, refusal);
        }
    }

    /// <summary>What the token is permitted to do, which it may say only with <c>read_service_tokens</c>.</summary>
    /// <returns>Null when it may not.</returns>
    public async Task<ServiceToken?> FindServiceTokenAsync(CancellationToken cancellationToken)
    {
        var operation = new Operation("read the service token's permissions", "read_service_tokens", "the organization (setting PlanetScale__Organization)");
        try
        {
            var body = await api.GetServiceTokenAsync(_settings.Organization, _settings.ServiceTokenId.Trim(), operation, cancellationToken);
            var accesses = body?.ServiceTokenAccesses ?? throw operation.NotUnderstood("there is no \"service_token_accesses\"");
            return new(body.ExpiresAt,
            [
                .. from access in accesses.OfType<AccessBody>()
                   select new TokenPermission(operation.Required(access.Access, "access"), access.ResourceType == "Database" ? access.ResourceName ?? "" : null),
            ]);
        }
        catch (PlanetScaleException refusal) when (refusal.Status is 403 or 404)
        {
            return null;
        }
    }

    /// <summary>
    /// Asks for a branch without a name, which PlanetScale refuses to everybody: with 422 to whoever may create branches, and
    /// otherwise with 403 or 404.
    /// </summary>
    /// <returns>Null: the answer does not say.</returns>
    public async Task<bool?> MayCreateBranchesAsync(string database, CancellationToken cancellationToken)
    {
        var operation = new Operation($"create branches in \"{database}\"", "create_branch", Operation.Named(database));
        try
        {
            await api.CreateBranchAsync(_settings.Organization, database, new NewBranch(null, null), operation, cancellationToken);
            return null;
        }
        catch (PlanetScaleException refusal) when (refusal.Status is not null)
        {
            return refusal.Status switch
            {
                400 or 422 => true,
                403 or 404 => false,
                _ => null,
            };
        }
    }
}
