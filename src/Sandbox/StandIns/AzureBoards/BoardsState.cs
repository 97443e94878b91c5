namespace IterationBranches.Sandbox.StandIns.AzureBoards;

/// <summary>Everything that the organization would remember. Its callers hold <see cref="Gate"/>.</summary>
internal sealed class BoardsState
{
    public Lock Gate { get; } = new();

    public List<BoardsProject> Projects { get; } = [];

    public List<WorkItem> WorkItems { get; } = [];

    public List<HookSubscription> Subscriptions { get; } = [];

    public List<HookDelivery> Deliveries { get; } = [];

    /// <summary>One sequence of node ids for the whole organization, as in Azure DevOps.</summary>
    public int LastNodeId { get; set; } = 4100;

    public int LastWorkItemId { get; set; } = 8122;

    public int Watermark { get; set; } = 50212;

    public BoardsProject? FindProject(string nameOrId) => Projects.Find(project => Matches(nameOrId, project.Id, project.Name));

    public static BoardsTeam? FindTeam(BoardsProject project, string nameOrId) => project.Teams.Find(team => Matches(nameOrId, team.Id, team.Name));

    private static bool Matches(string nameOrId, Guid id, string name) =>
        Guid.TryParse(nameOrId, out var guid) ? guid == id : string.Equals(nameOrId, name, StringComparison.OrdinalIgnoreCase);
}

internal sealed class BoardsProject(Guid id, string name, IterationNode root)
{
    public Guid Id { get; } = id;

    public string Name { get; } = name;

    public IterationNode Root { get; } = root;

    /// <summary>The first one is the project's default team.</summary>
    public List<BoardsTeam> Teams { get; } = [];

    public IterationNode? FindIteration(Guid identifier) => Root.SelfAndDescendants.FirstOrDefault(node => node.Identifier == identifier);
}

internal sealed class BoardsTeam(Guid id, string name)
{
    public Guid Id { get; } = id;

    public string Name { get; } = name;

    public List<IterationNode> Selected { get; } = [];
}

/// <summary>A node of the project's iteration tree; the root is the project itself.</summary>
internal sealed class IterationNode(int id, Guid identifier, string name, IterationNode? parent)
{
    public int Id { get; } = id;

    public Guid Identifier { get; } = identifier;

    public string Name { get; set; } = name;

    public IterationNode? Parent { get; set; } = parent;

    public List<IterationNode> Children { get; } = [];

    public DateOnly? Start { get; set; }

    public DateOnly? Finish { get; set; }

    public IEnumerable<IterationNode> SelfAndDescendants => Children.SelectMany(child => child.SelfAndDescendants).Prepend(this);

    /// <summary>From the project down to this node.</summary>
    public IReadOnlyList<string> Levels => [.. Parent?.Levels ?? [], Name];

    /// <summary>As teams' iterations and work items write it: <c>Project\Release\Sprint</c>.</summary>
    public string Path => string.Join('\\', Levels);

    /// <summary>As the tree writes it: <c>\Project\Iteration\Release\Sprint</c>.</summary>
    public string TreePath => string.Concat(Levels.Take(1).Append("Iteration").Concat(Levels.Skip(1)).Select(level => $"\\{level}"));

    public IterationNode? FindChild(string name) => Children.Find(child => string.Equals(child.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <param name="names">The names below this node.</param>
    public IterationNode? Find(IEnumerable<string> names) => names.Aggregate((IterationNode?)this, (node, name) => node?.FindChild(name));
}

internal sealed class WorkItem(int id, BoardsProject project, IterationNode iteration, DateTimeOffset createdAt)
{
    public int Id { get; } = id;

    public BoardsProject Project { get; } = project;

    public IterationNode Iteration { get; set; } = iteration;

    public DateTimeOffset CreatedAt { get; } = createdAt;

    public DateTimeOffset ChangedAt { get; set; } = createdAt;

    public int Revision { get; set; } = 1;

    public bool IsDeleted { get; set; }

    /// <summary>Updates are numbered on their own: link-only updates make no revision, so the two differ (here by two, as if that had happened).</summary>
    public int UpdateNumber => Revision + 2;
}
