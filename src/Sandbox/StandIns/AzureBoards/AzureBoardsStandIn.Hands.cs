namespace IterationBranches.Sandbox.StandIns.AzureBoards;

// What people set up in Azure DevOps; what else they do there, tests do. Projects and teams are named by name or id; an iteration's path is the one that work
// items write: Project\Release\Sprint.
public sealed partial class AzureBoardsStandIn
{
    /// <summary>A team can select no more.</summary>
    private const int MaxSelected = 300;

    private static readonly string[] s_scopes = ["vso.work", "vso.project", "vso.code", "vso.work_write"];

    /// <param name="scopes">Of <c>vso.work</c>, <c>vso.project</c>, <c>vso.code</c> and <c>vso.work_write</c>.</param>
    /// <param name="hooks">What the token's owner may do with service hooks.</param>
    public void AddPersonalAccessToken(string token, IReadOnlyCollection<string> scopes, DateTimeOffset? expiresAt = null, HookRights hooks = HookRights.None)
    {
        if (scopes.Except(s_scopes).FirstOrDefault() is { } unknown)
        {
            throw new ArgumentException($"There is no scope {unknown} here.", nameof(scopes));
        }

        Access.AddToken(token, new Caller("token's owner", scopes.ToHashSet(StringComparer.Ordinal), Projects: null) { Hooks = hooks }, expiresAt);
    }

    /// <summary>Entra's token alone lets nobody in: its principal must have been added to the organization.</summary>
    /// <param name="projects">What the principal may read. Null: every project. None: the lists come back empty.</param>
    /// <inheritdoc cref="AddPersonalAccessToken" path="/param[@name='hooks']"/>
    public void AddUser(string principal, IReadOnlyCollection<string>? projects = null, HookRights hooks = HookRights.None)
    {
        var visible = projects is null ? null : Locked(state => projects.Select(name => Project(state, name).Id).ToHashSet());
        Access.AddUser(new Caller(principal, Scopes: null, visible) { Hooks = hooks });
    }

    public Guid AddProject(string name) => Locked(state =>
    {
        if (state.FindProject(name) is not null)
        {
            throw new ArgumentException($"There is a project {name} already.", nameof(name));
        }

        var project = new BoardsProject(Guid.NewGuid(), name, new IterationNode(++state.LastNodeId, Guid.NewGuid(), name, parent: null));
        state.Projects.Add(project);
        return project.Id;
    });

    /// <summary>The first one is the project's default team.</summary>
    public Guid AddTeam(string project, string team) => Locked(state =>
    {
        var added = new BoardsTeam(Guid.NewGuid(), team);
        Project(state, project).Teams.Add(added);
        return added.Id;
    });

    /// <summary>In the project's tree; no team sees it before <see cref="SelectForTeam"/>.</summary>
    /// <param name="parentPath">Null: the project itself.</param>
    public Guid AddIteration(string project, string? parentPath, string name, DateOnly? start = null, DateOnly? finish = null) => Locked(state =>
    {
        CheckDates(start, finish);
        var owner = Project(state, project);
        var parent = parentPath is null ? owner.Root : Node(owner, parentPath);
        NodeNames.Check(name, parent);
        var node = new IterationNode(++state.LastNodeId, Guid.NewGuid(), name, parent) { Start = start, Finish = finish };
        parent.Children.Add(node);
        return node.Identifier;
    });

    public void SelectForTeam(string project, string team, Guid iterationId) => Locked(state =>
    {
        var owner = Project(state, project);
        var selected = Team(owner, team).Selected;
        var node = Node(owner, iterationId);
        if (!selected.Contains(node))
        {
            if (selected.Count == MaxSelected)
            {
                throw new InvalidOperationException($"A team can select {MaxSelected} iterations.");
            }

            selected.Add(node);
        }

        return node;
    });

    internal static void CheckDates(DateOnly? start, DateOnly? finish)
    {
        if (start is null != finish is null || start > finish)
        {
            throw new ArgumentException("An iteration has both dates, the start before the finish, or none.", nameof(start));
        }
    }

    internal static BoardsProject Project(BoardsState state, string nameOrId) =>
        state.FindProject(nameOrId) ?? throw new ArgumentException($"There is no project {nameOrId}.", nameof(nameOrId));

    internal static BoardsTeam Team(BoardsProject project, string nameOrId) =>
        BoardsState.FindTeam(project, nameOrId) ?? throw new ArgumentException($"{project.Name} has no team {nameOrId}.", nameof(nameOrId));

    internal static IterationNode Node(BoardsProject project, Guid id) =>
        project.FindIteration(id) ?? throw new ArgumentException($"{project.Name} has no iteration {id}.", nameof(id));

    internal static IterationNode Node(BoardsProject project, string path) => path.Split('\\') is [var root, .. var below]
        && root.Equals(project.Name, StringComparison.OrdinalIgnoreCase)
        && project.Root.Find(below) is { } node
            ? node
            : throw new ArgumentException($"{project.Name} has no iteration at '{path}'.", nameof(path));
}
