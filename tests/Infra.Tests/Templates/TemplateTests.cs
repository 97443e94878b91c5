using System.Text.RegularExpressions;

namespace IterationBranches.Infra.Tests.Templates;

/// <summary>What the compiler would let pass, and Azure would not, or nobody would notice.</summary>
public sealed partial class TemplateTests
{
    public static TheoryData<string> Files => [.. Repository.Templates.Keys.Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_resource_has_the_version_of_its_API(string path)
    {
        foreach (var resource in Repository.Templates[path].Declarations.Where(declaration => declaration.Kind == "resource"))
        {
            Assert.Matches(VersionedType(), resource.Quoted);
            // A nested one has its parent's version.
            Assert.All(resource.WithNested.Skip(1), nested => Assert.DoesNotContain('@', nested.Quoted));
        }
    }

    [Fact]
    public void A_type_of_resource_has_one_version_everywhere()
    {
        var versions = Repository.Templates.Values.SelectMany(file => file.Declarations).Where(declaration => declaration.Kind == "resource")
            .Select(resource => resource.Quoted.Split('@')).Select(type => (Type: type[0], Version: type[1])).Distinct().ToList();

        Assert.True(versions.Count > 15, $"{versions.Count} types");
        Assert.Equal(versions.Select(version => version.Type).Distinct().Count(), versions.Count);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_parameter_and_every_output_has_a_description(string path)
    {
        var file = Repository.Templates[path];

        Assert.All(file.Of("param").Concat(file.Of("output")), declared =>
            Assert.Matches("^description\\('.{3,}'\\)$", declared.Decorator("description") ?? $"none: {declared}"));
    }

    [Fact]
    public void A_module_is_given_exactly_the_parameters_that_it_has()
    {
        foreach (var module in Repository.Main.Of("module"))
        {
            var declared = Repository.Templates[module.Quoted].Of("param").Select(parameter => parameter.Name);
            Assert.Equal(declared.Order(StringComparer.Ordinal), module.Body.In("params").Names.Order(StringComparer.Ordinal));
        }

        Assert.Equal(Repository.Templates.Count - 1, Repository.Main.Of("module").Select(module => module.Quoted).Distinct().Count());
    }

    [Fact]
    public void The_example_gives_every_parameter_that_has_no_default()
    {
        Assert.Equal("'./main.bicep'", Repository.Example.Of("using").Single().Head);
        Assert.Empty(Repository.Main.Of("param").Where(parameter => parameter.Value is null).Select(parameter => parameter.Name)
            .Except(Repository.Example.Of("param").Select(parameter => parameter.Name)));
    }

    /// <summary>https://learn.microsoft.com/azure/azure-functions/dotnet-isolated-process-guide</summary>
    [Fact]
    public void The_runtime_is_the_isolated_worker_on_the_version_that_the_app_is_built_for()
    {
        var runtime = Repository.Templates["modules/app.bicep"]["resource", "app"].Body.In("properties").In("functionAppConfig").In("runtime");

        Assert.Equal("dotnet-isolated", runtime["name"].Literal);
        Assert.Contains($"<TargetFramework>net{runtime["version"].Literal}</TargetFramework>", File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props")), StringComparison.Ordinal);
    }

    /// <summary>Refused by Flex Consumption, overwritten, or ignored.</summary>
    [Fact]
    public void Nothing_is_set_that_Flex_Consumption_refuses()
    {
        string[] settings =
        [
            "FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_WORKER_RUNTIME_VERSION", "FUNCTIONS_EXTENSION_VERSION", "FUNCTIONS_WORKER_PROCESS_COUNT", "AzureWebJobsStorage",
            "ENABLE_ORYX_BUILD", "SCM_DO_BUILD_DURING_DEPLOYMENT", "TZ",
        ];
        string[] properties =
        [
            "linuxFxVersion", "windowsFxVersion", "ftpsState", "netFrameworkVersion", "phpVersion", "pythonVersion", "nodeVersion", "javaVersion", "javaContainer",
            "javaContainerVersion", "powerShellVersion", "alwaysOn", "use32BitWorkerProcess", "preWarmedInstanceCount", "functionsRuntimeScaleMonitoringEnabled",
            "functionAppScaleLimit", "minimumElasticInstanceCount", "containerSize", "dailyMemoryTimeQuota", "endToEndEncryptionEnabled", "hostNameSslStates",
        ];
        var set = new DeployedSettings(("boardsPersonalAccessToken", "true"), ("serviceHookPreviousPassword", "true")).Values.Keys;
        var named = Repository.Templates["modules/app.bicep"]["resource", "app"].Body.Objects.SelectMany(value => value.Names).ToHashSet();

        Assert.Empty(set.Intersect(settings, StringComparer.OrdinalIgnoreCase));
        Assert.DoesNotContain(set, name => name.StartsWith("WEBSITE_", StringComparison.OrdinalIgnoreCase));
        Assert.Empty(named.Intersect(properties, StringComparer.OrdinalIgnoreCase));
        // Without these there is no app; the compiler does not ask for them.
        Assert.Superset(new HashSet<string> { "deployment", "runtime", "scaleAndConcurrency", "keyVaultReferenceIdentity", "userAssignedIdentityResourceId" }, named);
    }

    [Fact]
    public void What_the_host_reads_from_the_settings_for_a_binding_is_set_and_is_no_section()
    {
        var set = new DeployedSettings().Values;
        var read = DeclaredFunction.All.SelectMany(function => function.Settings).ToList();

        Assert.Equal(["PollSchedule", "ProvisionQueueName"], read.Order(StringComparer.Ordinal));
        Assert.All(read, name =>
        {
            Assert.DoesNotContain("__", name, StringComparison.Ordinal);
            Assert.DoesNotContain("@Microsoft.KeyVault", set[name], StringComparison.Ordinal);
        });
    }

    [Fact]
    public void The_functions_that_can_be_disabled_are_those_that_work_by_themselves()
    {
        var functions = DeclaredFunction.All.Where(function => !function.Arguments.Contains("AuthorizationLevel.Admin", StringComparison.Ordinal)).Select(function => $"'{function.Name}'");

        Assert.Equal($"allowed([{string.Join(", ", functions.Order(StringComparer.Ordinal))}])", Repository.Main["param", "disabledFunctions"].Decorator("allowed"));
    }

    [Fact]
    public void Storage_takes_no_key_and_the_vaults_keep_what_was_deleted()
    {
        var storage = Repository.Templates["modules/storage.bicep"]["resource", "storage"].Body.In("properties");
        Assert.Equal(
            ("false", "false", "'TLS1_2'", "true"),
            (storage["allowSharedKeyAccess"].Source, storage["allowBlobPublicAccess"].Source, storage["minimumTlsVersion"].Source, storage["supportsHttpsTrafficOnly"].Source));

        var file = Repository.Templates["modules/vaults.bicep"];
        var vaults = file.Of("resource").ToList();
        Assert.Equal(["settingsVault", "recordsVault"], vaults.Select(vault => vault.Name));
        Assert.All(vaults, vault => Assert.Equal("properties", vault.Body["properties"].Source));
        Assert.NotEqual(vaults[0].Body["name"].Source, vaults[1].Body["name"].Source);
        var properties = (ObjectValue)file["var", "properties"].Value!;
        Assert.Equal(
            ("true", "true", "true", "retentionDays"),
            (properties["enableRbacAuthorization"].Source, properties["enableSoftDelete"].Source, properties["enablePurgeProtection"].Source, properties["softDeleteRetentionInDays"].Source));
        Assert.Equal(("minValue(7)", "maxValue(90)"), (Repository.Main["param", "vaultRetentionDays"].Decorator("minValue"), Repository.Main["param", "vaultRetentionDays"].Decorator("maxValue")));
    }

    [Fact]
    public void Names_fit_into_what_Azure_allows()
    {
        var longest = new string('b', int.Parse(Repository.Main["param", "baseName"].Decorator("maxLength")!["maxLength(".Length..^1], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal("take(uniqueString(resourceGroup().id, baseName), 6)", Repository.Main["var", "suffix"].Value!.Source);
        var names = Repository.Main.Of("module").Select(module => module.Body.In("params"))
            .SelectMany(parameters => parameters.Properties).Where(property => property.Value.Source.Contains("${suffix}", StringComparison.Ordinal))
            .ToDictionary(property => property.Name, property => property.Value.Source.Trim('\'').Replace("${baseName}", longest, StringComparison.Ordinal).Replace("${suffix}", "abc123", StringComparison.Ordinal));

        Assert.Matches("^[a-z0-9]{3,24}$", names["name"]);
        Assert.All([names["settingsVaultName"], names["recordsVaultName"]], name => Assert.Matches("^[a-z](-?[a-z0-9]){2,23}$", name));
        Assert.All([names["settingsVaultName"], names["recordsVaultName"]], name => Assert.InRange(name.Length, 3, 24));
    }

    [GeneratedRegex(@"^Microsoft\.[A-Za-z]+(/[A-Za-z]+)+@\d{4}-\d{2}-\d{2}(-preview)?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VersionedType();
}
