using IterationBranches.Sandbox.StandIns.AzureBoards;

namespace IterationBranches.Testing.Hands;

/// <summary>What people do in Azure DevOps. Projects and teams are named by name or id, iterations by the path that work items write.</summary>
public static class BoardsHands
{
    extension(AzureBoardsStandIn boards)
    {
        public void RevokePersonalAccessToken(string token) => boards.Access.RemoveToken(token);

        public void RemoveUser(string principal) => boards.Access.RemoveUser(principal);

        /// <summary>It leaves the team's list, and stays in the tree.</summary>
        public void DeselectForTeam(string project, string team, Guid iterationId) => boards.Locked(state =>
        {
            var owner = AzureBoardsStandIn.Project(state, project);
            return AzureBoardsStandIn.Team(owner, team).Selected.Remove(AzureBoardsStandIn.Node(owner, iterationId));
        });

        public void SetDates(string project, Guid iterationId, DateOnly? start, DateOnly? finish) => boards.Locked(state =>
        {
            AzureBoardsStandIn.CheckDates(start, finish);
            var node = AzureBoardsStandIn.Node(AzureBoardsStandIn.Project(state, project), iterationId);
            (node.Start, node.Finish) = (start, finish);
            return node;
        });

        /// <summary>Its ids stay; its path changes, and so do those below it and those of the work items.</summary>
        public void Rename(string project, Guid iterationId, string name) => boards.Locked(state =>
        {
            var node = AzureBoardsStandIn.Node(AzureBoardsStandIn.Project(state, project), iterationId);
            NodeNames.Check(name, NotRoot(node).Parent!, node);
            return node.Name = name;
        });

        /// <inheritdoc cref="Rename"/>
        /// <param name="parentPath">Null: the project itself.</param>
        public void Move(string project, Guid iterationId, string? parentPath) => boards.Locked(state =>
        {
            var owner = AzureBoardsStandIn.Project(state, project);
            var node = NotRoot(AzureBoardsStandIn.Node(owner, iterationId));
            var parent = parentPath is null ? owner.Root : AzureBoardsStandIn.Node(owner, parentPath);
            if (node.SelfAndDescendants.Contains(parent))
            {
                throw new ArgumentException("An iteration cannot be moved below itself.", nameof(parentPath));
            }

            NodeNames.Check(node.Name, parent, node);
            node.Parent!.Children.Remove(node);
            parent.Children.Add(node);
            return node.Parent = parent;
        });

        /// <summary>With all below it. Work items are planned into its parent instead, since a deletion must say where they go.</summary>
        public void RemoveIteration(string project, Guid iterationId) => boards.Locked(state =>
        {
            var owner = AzureBoardsStandIn.Project(state, project);
            var node = NotRoot(AzureBoardsStandIn.Node(owner, iterationId));
            HashSet<IterationNode> removed = [.. node.SelfAndDescendants];
            owner.Teams.ForEach(team => team.Selected.RemoveAll(removed.Contains));
            state.WorkItems.FindAll(item => removed.Contains(item.Iteration)).ForEach(item => item.Iteration = node.Parent!);
            return node.Parent!.Children.Remove(node);
        });

        /// <param name="project">By name or id; empty: every project of the organization.</param>
        /// <param name="functionKey">Sent as the header <c>x-functions-key</c>.</param>
        public HookSubscription AddSubscription(
            string eventType, Uri url, string username, string password, string project, string? functionKey = null, HookDetails details = HookDetails.All, string resourceVersion = "1.0") => boards.Locked(state =>
        {
            Guid? id = project.Length == 0 ? null : AzureBoardsStandIn.Project(state, project).Id;
            var consumer = new Dictionary<string, string> { ["url"] = url.AbsoluteUri, ["basicAuthUsername"] = username, ["basicAuthPassword"] = "" };
            if (functionKey is not null)
            {
                consumer["httpHeaders"] = $"x-functions-key:{functionKey}";
            }

            var posted = new PostedSubscription("1.0", new Dictionary<string, string> { ["projectId"] = id?.ToString() ?? "" }, consumer, "(default)", boards.Clock.GetUtcNow());
            var subscription = new HookSubscription(eventType, url, username, password, id, functionKey, posted)
            {
                Reshape = envelope => HookShape.Apply(envelope, details, resourceVersion),
            };
            state.Subscriptions.Add(subscription);
            return subscription;
        });

        /// <summary>Into the recycle bin. Nobody can subscribe to that here.</summary>
        public void DeleteWorkItem(int id) => boards.Locked(state => AzureBoardsStandIn.WorkItem(state, id, isDeleted: false).IsDeleted = true);

        public Task<IReadOnlyList<HookDelivery>> RestoreWorkItemAsync(int id) => boards.SendAsync(boards.Locked(state =>
        {
            var item = AzureBoardsStandIn.WorkItem(state, id, isDeleted: true);
            (item.IsDeleted, item.ChangedAt) = (false, boards.Clock.GetUtcNow());
            item.Revision++;
            return boards.Notify(state, "workitem.restored", item.Project, boards.Payloads().WorkItemCreated(item));
        }));
    }

    private static IterationNode NotRoot(IterationNode node) =>
        node.Parent is null ? throw new ArgumentException("The root of the tree is the project.", nameof(node)) : node;
}
