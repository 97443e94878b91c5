using IterationBranches.Infra.Tests.Deploying.StandIns;

namespace IterationBranches.Infra.Tests.Deploying;

/// <summary>The app's secrets on their way into the vault, and the host's key on its way to the doctor.</summary>
public sealed class DeploySecretsTests : IAsyncLifetime
{
    private const string Token = "pscale_tkn_0123456789abcdef0123456789abcdef";
    private const string Password = "a-password-of-the-hooks";

    private DeploymentRig _rig = null!;

    public async ValueTask InitializeAsync() => _rig = await DeploymentRig.StartAsync();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task Without_its_secrets_the_app_is_not_deployed_and_the_commands_are_said()
    {
        var result = await _rig.DeployAsync();

        Assert.Equal(1, result.ExitCode);
        foreach (var name in new[] { "planetscale-service-token", "service-hook-password" })
        {
            Assert.Contains($"az keyvault secret set --vault-name {AzureState.SettingsVault} --name {name} --file FILE --encoding utf-8 --output none", result.Errors, StringComparison.Ordinal);
        }

        Assert.Contains("run the same command again to continue", result.Errors, StringComparison.Ordinal);
        Assert.Equal("keyvault secret list", _rig.Commands[^1]);
        Assert.Empty(_rig.State.Deployed);
    }

    [Fact]
    public async Task Asked_for_they_are_put_there_word_for_word_and_nobody_sees_them()
    {
        var result = await _rig.DeployAsync($"{Token}\r\n{Password}\n", ["--ask-secrets"]);

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(Token, _rig.State.Secrets["planetscale-service-token"]);
        Assert.Equal(Password, _rig.State.Secrets["service-hook-password"]);
        NobodySees(result, Token, Password, _rig.State.MasterKey);
    }

    [Fact]
    public async Task Those_that_are_there_are_not_asked_for()
    {
        _rig.State.Secrets["planetscale-service-token"] = Token;

        var result = await _rig.DeployAsync($"{Password}\n", ["--ask-secrets"]);

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(Token, _rig.State.Secrets["planetscale-service-token"]);
        Assert.Equal(Password, _rig.State.Secrets["service-hook-password"]);
    }

    [Fact]
    public async Task The_password_of_the_hooks_can_be_made()
    {
        var result = await _rig.DeployAsync($"{Token}\n\n", ["--ask-secrets"]);

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Matches("^[A-Za-z0-9]{40}$", _rig.State.Secrets["service-hook-password"]);
        NobodySees(result, _rig.State.Secrets["service-hook-password"]);
    }

    [Theory]
    [InlineData("", "there is no answer for planetscale-service-token on standard input")]
    [InlineData("\n", "planetscale-service-token is empty")]
    [InlineData("id : pscale_tkn_x\n", "planetscale-service-token has white space in it")]
    [InlineData("pscale_tkn_x\ntoo-short\n", "service-hook-password is shorter than 16 characters")]
    public async Task A_wrong_answer_is_said_and_not_repeated(string input, string problem)
    {
        var result = await _rig.DeployAsync(input, ["--ask-secrets"]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(problem, result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("pscale_tkn_x", result.All, StringComparison.Ordinal);
        Assert.DoesNotContain("too-short", result.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_secret_that_the_settings_refer_to_is_wanted_and_no_other()
    {
        _rig.Azure.SettingsFor = _ => new Dictionary<string, string>
        {
            ["PlanetScale__ServiceToken"] = AzureStandIn.Reference("planetscale-service-token"),
            ["Boards__PersonalAccessToken"] = AzureStandIn.Reference("boards-personal-access-token"),
        };

        var result = await _rig.DeployAsync();

        Assert.Contains("--name boards-personal-access-token", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("service-hook-password", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_on_the_vault_that_was_given_just_now_is_waited_for()
    {
        _rig.State.VaultRefusals = 3;

        var result = await _rig.DeployAsync($"{Token}\n{Password}\n", ["--ask-secrets"]);

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("az role assignment create --role \"Key Vault Secrets Officer\"", result.Output, StringComparison.Ordinal);
        Assert.Contains("trying again (3 of 8)", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_role_on_the_vault_it_ends_with_the_command_that_gives_it()
    {
        _rig.State.VaultRefusals = 1000;

        var result = await _rig.DeployAsync();

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"could not list the secrets of {AzureState.SettingsVault}", result.Errors, StringComparison.Ordinal);
        Assert.Contains("az role assignment create", result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(ServiceUnavailable) The service is busy.", 8)]
    [InlineData("Failed to resolve 'kvs-itbranches-abc123.vault.azure.net'", 1)]
    public async Task A_vault_that_does_not_answer_is_asked_again_only_when_that_may_help(string refusal, int times)
    {
        _rig.State.VaultRefusals = 1000;
        _rig.State.VaultRefusal = refusal;

        var result = await _rig.DeployAsync();

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(refusal, result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("az role assignment create", result.All, StringComparison.Ordinal);
        Assert.Equal(times, _rig.Count("keyvault secret list"));
    }

    [Fact]
    public async Task A_vault_that_is_closed_to_the_internet_is_not_waited_for()
    {
        _rig.State.VaultRefusals = 1000;
        _rig.State.VaultRefusal = "(Forbidden) Public network access is disabled and request is not from a trusted service nor via an approved private link.\nInner error: ForbiddenByConnection";

        var result = await _rig.DeployAsync();

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("Run this from a machine inside the virtual network", result.Errors, StringComparison.Ordinal);
        Assert.Equal(1, _rig.Count("keyvault secret list"));
    }

    [Fact]
    public async Task The_hosts_key_opens_the_doctor_and_is_in_no_list_of_processes()
    {
        var result = await _rig.DeployAsync($"{Token}\n{Password}\n", ["--ask-secrets"]);

        // The doctor answers 401 to any other key.
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains(_rig.Azure.Arguments, arguments => arguments.StartsWith("curl --config - ", StringComparison.Ordinal));
        NobodySees(result, _rig.State.MasterKey);
    }

    private void NobodySees(ScriptResult result, params string[] secrets)
    {
        Assert.NotEmpty(_rig.Azure.Arguments);
        Assert.All(secrets, secret =>
        {
            Assert.DoesNotContain(secret, result.All, StringComparison.Ordinal);
            Assert.All(_rig.Azure.Arguments, arguments => Assert.DoesNotContain(secret, arguments, StringComparison.Ordinal));
        });
    }
}
