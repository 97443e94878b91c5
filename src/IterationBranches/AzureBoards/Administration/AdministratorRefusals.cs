using Azure.Identity;
using IterationBranches.Configuration;
using IterationBranches.Http;

namespace IterationBranches.AzureBoards.Administration;

/// <summary>What an administrator is told when Azure DevOps refuses.</summary>
internal static class AdministratorRefusals
{
    /// <param name="doing">What was asked for.</param>
    /// <param name="permission">As Azure DevOps calls it.</param>
    /// <param name="token">Of what in the security namespace; null: not known.</param>
    public static BoardsQuestion Of(
        string doing, string permission, BoardsSettings boards, string? token = null, string scope = "Work Items (Read)", params string?[] secrets) => new(
        NotFound: new(
            $"Azure DevOps does not know what was asked for, to {doing}, or does not show it",
            $"Check Boards__Organization, the tracks' projects, and the permission \"{permission}\"."),
        Forbidden: new(
            $"Azure DevOps does not let this account {doing}",
            $"As a rule the permission \"{permission}\" is missing (security namespace ServiceHooks, {token ?? "PublisherSecurity"}). "
            + $"Project administrators have it. A personal access token also needs the scope \"{scope}\"."),
        Refused: new($"Azure DevOps refused to {doing}"),
        Credential: WhatToDo(boards, scope),
        [boards.PersonalAccessToken, .. secrets]);

    public static BoardsQuestion OfProject(string name, BoardsSettings boards)
    {
        const string Scope = "Project and Team (Read)";
        return new(
            NotFound: new(
                $"Azure DevOps knows no project \"{name}\", or does not show it",
                "Check the track's Project and Boards__Organization; this account must be a member of the project."),
            Forbidden: new(
                $"Azure DevOps does not let this account look up the project \"{name}\"",
                $"A personal access token needs the scope \"{Scope}\"; with the project's id in the settings nothing is looked up."),
            Refused: new($"Azure DevOps refused to look up the project \"{name}\""),
            Credential: WhatToDo(boards, Scope),
            boards.PersonalAccessToken);
    }

    public static AzureBoardsException NoToken(AuthenticationFailedException exception, BoardsSettings boards) => new(
        Failure.PersonNeeded,
        $"The Azure CLI gave no token for Azure DevOps: {Redaction.Show(exception.Message)} {WhatToDo(boards, "Work Items (Read)")}",
        inner: exception);

    private static string WhatToDo(BoardsSettings boards, string scope) => boards.PersonalAccessToken is null
        ? $"Sign in with az login, as a member of the organization \"{boards.Organization}\"; or give a personal access token (--pat-file, or AZURE_DEVOPS_EXT_PAT) with the scope \"{scope}\"."
        : $"Give a valid personal access token (--pat-file, or AZURE_DEVOPS_EXT_PAT) of the organization \"{boards.Organization}\" with the scope \"{scope}\".";
}
