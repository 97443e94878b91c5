using System.Text.Json.Serialization;
using Refit;

namespace IterationBranches.AppService;

/// <summary>What the app asks of Azure Resource Manager. A site is named by its resource id, without the slash before it.</summary>
internal interface IAppServiceApi
{
    /// <summary>
    /// The platform's own operation behind "Pull reference values"
    /// (https://learn.microsoft.com/azure/app-service/app-service-key-vault-references). The text is empty: of a method without a
    /// result Refit reports a network failure as it is, without asking <see cref="RefitSettings.TransportExceptionFactory"/>.
    /// </summary>
    [Post("/{**site}/config/configreferences/appsettings/refresh?api-version=2022-03-01")]
    Task<string> RefreshAppSettingsKeyVaultReferencesAsync(string site, CancellationToken cancellationToken);

    /// <summary>https://learn.microsoft.com/rest/api/appservice/web-apps/get-app-settings-key-vault-references.</summary>
    [Get("/{**site}/config/configreferences/appsettings?api-version=2022-03-01")]
    Task<References?> GetAppSettingsKeyVaultReferencesAsync(string site, CancellationToken cancellationToken);

    /// <summary>https://learn.microsoft.com/rest/api/authorization/permissions/list-for-resource.</summary>
    [Get("/{**site}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01")]
    Task<Permissions?> ListPermissionsForResourceAsync(string site, CancellationToken cancellationToken);
}

internal sealed record References(Reference?[]? Value);

internal sealed record Reference(string? Name, ReferenceProperties? Properties);

internal sealed record ReferenceProperties(string? Status);

internal sealed record Permissions(Permission?[]? Value);

internal sealed record Permission(string?[]? Actions, string?[]? NotActions);

[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(References))]
[JsonSerializable(typeof(Permissions))]
internal sealed partial class AppServiceJson : JsonSerializerContext;
