using IterationBranches.Sandbox.StandIns.PlanetScale;
using Microsoft.AspNetCore.Builder;

namespace IterationBranches.Testing.Hands;

/// <summary>Postgres' roles, which no database of the sandbox has.</summary>
public static class PostgresHands
{
    /// <summary>Before the start.</summary>
    public static PlanetScaleStandIn WithRoles(this PlanetScaleStandIn planetScale)
    {
        planetScale.MapMore = (state, database) =>
        {
            var roles = new RoleEndpoints(state);
            var role = database.MapGroup("/branches/{branch}/roles");
            planetScale.Add(role, "GET", "", "list_roles", roles.List);
            planetScale.Add(role, "POST", "", "create_role", roles.Create, hasBody: true);
            planetScale.Add(role, "GET", "/{id}", "get_role", roles.Get);
            planetScale.Add(role, "POST", "/{id}/renew", "renew_role", roles.Renew);
            planetScale.Add(role, "POST", "/{id}/reset", "reset_role", roles.Reset);
            planetScale.Add(role, "POST", "/{id}/reassign", "reassign_role_objects", roles.Reassign, hasBody: true);
            planetScale.Add(role, "DELETE", "/{id}", "delete_role", roles.Delete);
        };
        return planetScale;
    }
}
