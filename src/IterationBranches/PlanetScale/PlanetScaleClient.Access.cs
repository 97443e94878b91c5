namespace IterationBranches.PlanetScale;

/// <summary>What the service token sees, and may do. Nothing here changes anything.</summary>
public sealed partial class PlanetScaleClient
{
    private const string Organizations = "organizations?page=1&per_page=100";

    /// <summary>The organizations of the token, which any good one may list. API: <c>list_organizations</c>.</summary>
    public async Task<SeenOrganizations> ListOrganizationsAsync(CancellationToken cancellationToken)
    {
        var operation = new Operation("list the organizations of the service token", null, "the API");
        var answer = await SendAsync(HttpMethod.Get, Organizations, null, cancellationToken);
        if (!answer.IsSuccess)
        {
            throw answer.Status == 404 ? PlanetScaleRefusals.BadToken(answer, operation) : PlanetScaleRefusals.Of(answer, PlanetScaleRefusals.Parse(answer, _settings), operation);
        }

        var body = Read(answer, PlanetScaleJson.Default.PageOrganizationBody, operation);
        return new([.. (body.Data ?? []).Select(organization => organization?.Name).OfType<string>()], answer.Date);
    }

    /// <summary>What the token is permitted to do, which it may say only with <c>read_service_tokens</c>. API: <c>get_service_token</c>.</summary>
    /// <returns>Null when it may not.</returns>
    public async Task<ServiceToken?> FindServiceTokenAsync(CancellationToken cancellationToken)
    {
        var operation = new Operation("read the service token's permissions", "read_service_tokens", "the organization (setting PlanetScale__Organization)");
        var path = Path(operation, ["organizations", _settings.Organization, "service-tokens", _settings.ServiceTokenId.Trim()]);
        var answer = await SendAsync(HttpMethod.Get, path, null, cancellationToken);
        if (answer.Status is 403 or 404)
        {
            return null;
        }

        if (!answer.IsSuccess)
        {
            throw PlanetScaleRefusals.Of(answer, PlanetScaleRefusals.Parse(answer, _settings), operation);
        }

        var body = Read(answer, PlanetScaleJson.Default.ServiceTokenBody, operation);
        var accesses = body.ServiceTokenAccesses ?? throw NotUnderstood(answer, operation, "there is no \"service_token_accesses\"");
        return new(body.ExpiresAt,
        [
            .. from access in accesses.OfType<AccessBody>()
               select new TokenPermission(Required(access.Access, answer, operation, "access"), access.ResourceType == "Database" ? access.ResourceName ?? "" : null),
        ]);
    }

    /// <summary>
    /// Asks for a branch without a name, which PlanetScale refuses to everybody: with 422 to whoever may create branches, and
    /// otherwise with 403 or 404. API: <c>create_branch</c>.
    /// </summary>
    /// <returns>Null: the answer does not say.</returns>
    public async Task<bool?> MayCreateBranchesAsync(string database, CancellationToken cancellationToken)
    {
        var operation = new Operation($"create branches in \"{database}\"", "create_branch", Named(database));
        var answer = await SendAsync(
            HttpMethod.Post, Path(operation, [.. DatabaseParts(database), "branches"]), Body(new Nothing(), PlanetScaleJson.Default.Nothing), cancellationToken);
        return answer.Status switch
        {
            400 or 422 => true,
            403 or 404 => false,
            _ => null,
        };
    }

    private sealed record ServiceTokenBody(DateTimeOffset? ExpiresAt, AccessBody?[]? ServiceTokenAccesses);

    private sealed record AccessBody(string? Access, string? ResourceName, string? ResourceType);

    /// <summary>An empty object.</summary>
    private sealed record Nothing;
}
