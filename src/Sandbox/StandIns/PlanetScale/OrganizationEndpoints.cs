namespace IterationBranches.Sandbox.StandIns.PlanetScale;

internal sealed class OrganizationEndpoints(PlanetScaleState state)
{
    public Reply List(Request request) =>
        request.Page([request.Token.Organization], name => Resources.Organization(name, request.Token.CreatedAt));

    public Reply GetDatabase(Request request)
    {
        var database = state.DatabaseOf(request);
        return IsAllowed(request, "read_databases")
            || request.Token.Allows(database, "read_database", "write_database", "read_branch", "create_branch", "delete_branch")
                ? new Reply(200, Resources.Database(database, request.Api))
                : throw ApiException.NotFound();
    }

    public Reply GetServiceToken(Request request) => IsAllowed(request, "read_service_tokens")
        && state.Tokens.Find(token => token.Id == request.Route("id") && token.Organization == request.Token.Organization) is { } found
            ? new Reply(200, Resources.ServiceToken(found, state.Databases))
            : throw ApiException.NotFound();

    private static bool IsAllowed(Request request, string permission) =>
        request.Route("organization") == request.Token.Organization && request.Token.OrganizationPermissions.Contains(permission);
}
