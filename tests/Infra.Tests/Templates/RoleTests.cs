namespace IterationBranches.Infra.Tests.Templates;

/// <summary>Who may do what, and that it is no more.</summary>
public sealed class RoleTests
{
    /// <summary>https://learn.microsoft.com/azure/role-based-access-control/built-in-roles</summary>
    private static readonly Dictionary<string, string> s_documented = new(StringComparer.Ordinal)
    {
        ["storageBlobDataOwner"] = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
        ["storageQueueDataContributor"] = "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
        ["storageTableDataContributor"] = "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
        ["monitoringMetricsPublisher"] = "3913510d-42f4-4e42-8a64-420c390055eb",
        ["keyVaultSecretsUser"] = "4633458b-17de-408a-b874-0445c86b69e6",
        ["keyVaultSecretsOfficer"] = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
        ["websiteContributor"] = "de139f84-1756-47ae-9be6-808fbbe84772",
    };

    private static readonly BicepFile s_roles = Repository.Templates["modules/roles.bicep"];

    [Fact]
    public void The_ids_of_the_roles_are_those_of_the_documentation()
    {
        var ids = ((ObjectValue)s_roles["var", "roleIds"].Value!).Properties.Select(property => (property.Name, property.Value.Literal))
            .Append(("websiteContributor", Repository.Templates["modules/sites.bicep"]["var", "websiteContributor"].Value!.Literal));

        Assert.Equal(s_documented.Select(role => (role.Key, (string?)role.Value)).Order(), ids.Order());
    }

    [Fact]
    public void The_app_has_these_roles_and_no_other()
    {
        (string, string)[] expected =
        [
            ("storage", "roleIds.storageBlobDataOwner"),
            ("storage", "roleIds.storageTableDataContributor"),
            ("storage::queues::work", "roleIds.storageQueueDataContributor"),
            ("storage::queues::poison", "roleIds.storageQueueDataContributor"),
            ("insights", "roleIds.monitoringMetricsPublisher"),
            ("settingsVault", "roleIds.keyVaultSecretsUser"),
            ("recordsVault", "recordsRoleId"),
        ];

        Assert.Equal(expected.Order(), Assignments().Where(assignment => assignment.To == "principalId").Select(assignment => (assignment.Scope, assignment.Role)).Order());
    }

    [Fact]
    public void Whoever_puts_the_secrets_gets_the_settings_vault_alone_and_only_when_named()
    {
        var (scope, role, _) = Assert.Single(Assignments(), assignment => assignment.To != "principalId");

        Assert.Equal(("settingsVault", "roleIds.keyVaultSecretsOfficer"), (scope, role));
        Assert.StartsWith("if (!empty(operatorPrincipalId))", s_roles["resource", "operator"].Value!.Source, StringComparison.Ordinal);
        Assert.Equal("''", Repository.Main["param", "operatorPrincipalId"].Value!.Source);
    }

    /// <summary>The data actions that docs/settings.md asks for, <c>delete</c> included, and no purge.</summary>
    [Fact]
    public void On_the_records_the_app_may_do_what_the_settings_page_says_and_no_more()
    {
        var permissions = (ArrayValue)s_roles["resource", "recordsRole"].Body.In("properties")["permissions"];
        var actions = ((ArrayValue)((ObjectValue)permissions.Items.Single())["dataActions"]).Literals.ToList();

        Assert.Equal(
            ["delete", "getSecret/action", "readMetadata/action", "recover/action", "setSecret/action", "update/action"],
            actions.Select(action => action["Microsoft.KeyVault/vaults/secrets/".Length..]).Order(StringComparer.Ordinal));
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "settings.md"));
        Assert.All(actions, action => Assert.Contains($"`{action["Microsoft.KeyVault/vaults/secrets/".Length..].Replace("/action", "", StringComparison.Ordinal)}`", page, StringComparison.Ordinal));
        Assert.Equal("customRecordsRole ? guid(resourceGroup().id, 'iteration-branches-records') : roleIds.keyVaultSecretsOfficer", s_roles["var", "recordsRoleId"].Value!.Source);
        Assert.Equal("guid(resourceGroup().id, 'iteration-branches-records')", s_roles["resource", "recordsRole"].Body["name"].Source);
        // Unique in the tenant, or the second environment cannot be deployed.
        Assert.Contains("${uniqueString(resourceGroup().id)}", s_roles["resource", "recordsRole"].Body.In("properties")["roleName"].Source, StringComparison.Ordinal);
    }

    [Fact]
    public void The_settings_vault_and_the_records_vault_are_not_mixed_up()
    {
        Assert.Equal("settingsVaultName", s_roles["resource", "settingsVault"].Body["name"].Source);
        Assert.Equal("recordsVaultName", s_roles["resource", "recordsVault"].Body["name"].Source);
        var given = Repository.Main["module", "roles"].Body.In("params");
        Assert.Equal(("vaults.outputs.settingsVaultName", "vaults.outputs.recordsVaultName"), (given["settingsVaultName"].Source, given["recordsVaultName"].Source));
        var outputs = Repository.Templates["modules/vaults.bicep"].Of("output").ToDictionary(output => output.Name, output => output.Value!.Source);
        Assert.Equal(
            ("settingsVault.properties.vaultUri", "recordsVault.properties.vaultUri", "settingsVault.name", "recordsVault.name"),
            (outputs["settingsVaultUri"], outputs["recordsVaultUri"], outputs["settingsVaultName"], outputs["recordsVaultName"]));
    }

    [Fact]
    public void Rights_are_granted_before_the_app_is_there()
    {
        Assert.Equal(["roles"], ((ArrayValue)Repository.Main["module", "app"].Body["dependsOn"]).Items.Select(item => item.Source));
    }

    /// <summary>Another principal, role or place gives another name; what is the same is not assigned twice.</summary>
    [Fact]
    public void The_name_of_an_assignment_is_made_of_all_that_it_says()
    {
        foreach (var assignment in AllAssignments())
        {
            var properties = assignment.Body.In("properties");
            var scope = assignment.Body["scope"].Source;
            Assert.Equal($"guid({(scope == "sites[i]" ? "resourceGroup().id, siteName" : $"{scope}.id")}, {properties["principalId"]}, {RoleOf(assignment)})", assignment.Body["name"].Source);
            Assert.Contains(properties["principalType"].Source, (string[])["'ServicePrincipal'", "operatorPrincipalType"]);
        }
    }

    private static IEnumerable<(string Scope, string Role, string To)> Assignments() => s_roles.Of("resource").Where(IsAssignment)
        .Select(assignment => (assignment.Body["scope"].Source, RoleOf(assignment), assignment.Body.In("properties")["principalId"].Source));

    private static IEnumerable<Declaration> AllAssignments() => Repository.Templates.Values.SelectMany(file => file.Of("resource")).Where(IsAssignment);

    private static bool IsAssignment(Declaration resource) => resource.Quoted.StartsWith("Microsoft.Authorization/roleAssignments@", StringComparison.Ordinal);

    private static string RoleOf(Declaration assignment)
    {
        const string start = "subscriptionResourceId('Microsoft.Authorization/roleDefinitions', ";
        var id = assignment.Body.In("properties")["roleDefinitionId"].Source;
        Assert.StartsWith(start, id, StringComparison.Ordinal);
        return id[start.Length..^1];
    }
}
