using Refit;

namespace IterationBranches.PlanetScale;

/// <summary>
/// PlanetScale's API (https://planetscale.com/docs/api/reference/getting-started-with-planetscale-api). Of a method without a
/// result Refit reports a network failure as it is, without asking <see cref="RefitSettings.TransportExceptionFactory"/>: where
/// nothing of an answer matters, it is text.
/// </summary>
internal interface IPlanetScaleApi
{
    /// <summary>https://planetscale.com/docs/api/reference/list_organizations.</summary>
    [Get("/organizations?page=1&per_page=100")]
    Task<ApiResponse<Page<OrganizationBody>>> ListOrganizationsAsync([Property] Operation operation, CancellationToken cancellationToken);

    /// <summary>https://planetscale.com/docs/api/reference/get_service_token.</summary>
    [Get("/organizations/{organization}/service-tokens/{id}")]
    Task<ServiceTokenBody?> GetServiceTokenAsync(string organization, string id, [Property] Operation operation, CancellationToken cancellationToken);

    /// <summary>https://planetscale.com/docs/api/reference/get_database.</summary>
    [Get("/organizations/{organization}/databases/{database}")]
    Task<ApiResponse<DatabaseBody>> GetDatabaseAsync(string organization, string database, [Property] Operation operation, CancellationToken cancellationToken);

    /// <summary>https://planetscale.com/docs/api/reference/list_branches.</summary>
    [Get("/organizations/{organization}/databases/{database}/branches?page={page}&per_page=100")]
    Task<Page<BranchBody>?> ListBranchesAsync(string organization, string database, int page, [Property] Operation operation, CancellationToken cancellationToken);

    /// <summary>https://planetscale.com/docs/api/reference/get_branch.</summary>
    /// <param name="branch">Its id or its name.</param>
    [Get("/organizations/{organization}/databases/{database}/branches/{branch}")]
    Task<BranchBody?> GetBranchAsync(string organization, string database, string branch, [Property] Operation operation, CancellationToken cancellationToken);

    /// <summary>https://planetscale.com/docs/api/reference/create_branch.</summary>
    [Post("/organizations/{organization}/databases/{database}/branches")]
    Task<BranchBody?> CreateBranchAsync(string organization, string database, [Body] NewBranch branch, [Property] Operation operation, CancellationToken cancellationToken);

    /// <summary>https://planetscale.com/docs/api/reference/delete_branch. Never with <c>delete_descendants</c>.</summary>
    [Delete("/organizations/{organization}/databases/{database}/branches/{branch}")]
    Task<string> DeleteBranchAsync(string organization, string database, string branch, [Property] Operation operation, CancellationToken cancellationToken);

    /// <summary>https://planetscale.com/docs/api/reference/get_branch_schema.</summary>
    [Get("/organizations/{organization}/databases/{database}/branches/{branch}/schema")]
    Task<SchemaBody?> GetBranchSchemaAsync(string organization, string database, string branch, [Property] Operation operation, CancellationToken cancellationToken);

    /// <summary>https://planetscale.com/docs/api/reference/list_backups.</summary>
    [Get("/organizations/{organization}/databases/{database}/branches/{branch}/backups?state=success&page={page}&per_page=100")]
    Task<Page<BackupBody>?> ListBackupsAsync(string organization, string database, string branch, int page, [Property] Operation operation, CancellationToken cancellationToken);

    /// <summary>https://planetscale.com/docs/api/reference/list_deploy_requests.</summary>
    [Get("/organizations/{organization}/databases/{database}/deploy-requests?state=open&page={page}&per_page=100")]
    Task<Page<DeployRequestBody>?> ListDeployRequestsAsync(string organization, string database, int page, [Property] Operation operation, CancellationToken cancellationToken);

    /// <summary>https://planetscale.com/docs/api/reference/list_passwords.</summary>
    [Get("/organizations/{organization}/databases/{database}/branches/{branch}/passwords?page={page}&per_page=100")]
    Task<Page<CredentialBody>?> ListPasswordsAsync(string organization, string database, string branch, int page, [Property] Operation operation, CancellationToken cancellationToken);

    /// <summary>https://planetscale.com/docs/api/reference/create_password.</summary>
    [Post("/organizations/{organization}/databases/{database}/branches/{branch}/passwords")]
    Task<CredentialBody?> CreatePasswordAsync(string organization, string database, string branch, [Body] NewPassword password, [Property] Operation operation, CancellationToken cancellationToken);

    /// <summary>https://planetscale.com/docs/api/reference/get_password.</summary>
    [Get("/organizations/{organization}/databases/{database}/branches/{branch}/passwords/{id}")]
    Task<CredentialBody?> GetPasswordAsync(string organization, string database, string branch, string id, [Property] Operation operation, CancellationToken cancellationToken);

    /// <summary>https://planetscale.com/docs/api/reference/renew_password.</summary>
    [Post("/organizations/{organization}/databases/{database}/branches/{branch}/passwords/{id}/renew")]
    Task<CredentialBody?> RenewPasswordAsync(string organization, string database, string branch, string id, [Property] Operation operation, CancellationToken cancellationToken);

    /// <summary>https://planetscale.com/docs/api/reference/delete_password.</summary>
    [Delete("/organizations/{organization}/databases/{database}/branches/{branch}/passwords/{id}")]
    Task<string> DeletePasswordAsync(string organization, string database, string branch, string id, [Property] Operation operation, CancellationToken cancellationToken);

    /// <summary>https://planetscale.com/docs/api/reference/list_roles.</summary>
    [Get("/organizations/{organization}/databases/{database}/branches/{branch}/roles?page={page}&per_page=100")]
    Task<Page<CredentialBody>?> ListRolesAsync(string organization, string database, string branch, int page, [Property] Operation operation, CancellationToken cancellationToken);

    /// <summary>https://planetscale.com/docs/api/reference/create_role.</summary>
    [Post("/organizations/{organization}/databases/{database}/branches/{branch}/roles")]
    Task<CredentialBody?> CreateRoleAsync(string organization, string database, string branch, [Body] NewRole role, [Property] Operation operation, CancellationToken cancellationToken);

    /// <summary>https://planetscale.com/docs/api/reference/get_role.</summary>
    [Get("/organizations/{organization}/databases/{database}/branches/{branch}/roles/{id}")]
    Task<CredentialBody?> GetRoleAsync(string organization, string database, string branch, string id, [Property] Operation operation, CancellationToken cancellationToken);

    /// <summary>https://planetscale.com/docs/api/reference/renew_role.</summary>
    [Post("/organizations/{organization}/databases/{database}/branches/{branch}/roles/{id}/renew")]
    Task<CredentialBody?> RenewRoleAsync(string organization, string database, string branch, string id, [Property] Operation operation, CancellationToken cancellationToken);

    /// <summary>https://planetscale.com/docs/api/reference/reassign_role_objects.</summary>
    [Post("/organizations/{organization}/databases/{database}/branches/{branch}/roles/{id}/reassign")]
    Task<string> ReassignRoleObjectsAsync(string organization, string database, string branch, string id, [Body] NewOwner owner, [Property] Operation operation, CancellationToken cancellationToken);

    /// <summary>https://planetscale.com/docs/api/reference/delete_role.</summary>
    /// <param name="successor">A role that owns a table is dropped only when somebody else takes it over.</param>
    [Delete("/organizations/{organization}/databases/{database}/branches/{branch}/roles/{id}")]
    Task<string> DeleteRoleAsync(string organization, string database, string branch, string id, string successor, [Property] Operation operation, CancellationToken cancellationToken);
}
