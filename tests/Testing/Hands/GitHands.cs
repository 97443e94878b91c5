using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using IterationBranches.Sandbox.StandIns.AzureBoards;

namespace IterationBranches.Testing.Hands;

/// <summary>What people push to the repositories of a project.</summary>
public static class GitHands
{
    private static readonly ConditionalWeakTable<BoardsProject, Repositories> s_repositories = [];

    extension(AzureBoardsStandIn boards)
    {
        /// <inheritdoc cref="PushAsync"/>
        public Task<IReadOnlyList<HookDelivery>> PushBranchAsync(string project, string repository, string refName) => boards.PushAsync(project, repository, [refName]);

        /// <summary>The first push of a ref creates it, and brings no commits; each later one brings one.</summary>
        /// <param name="repository">Comes into being with its first push.</param>
        /// <param name="refNames">In full, as in <c>refs/heads/main</c>; one event tells of all.</param>
        /// <param name="deleted">Those that this push deletes.</param>
        public Task<IReadOnlyList<HookDelivery>> PushAsync(string project, string repository, IReadOnlyList<string> refNames, IReadOnlyList<string>? deleted = null) => boards.SendAsync(boards.Locked(state =>
        {
            if (refNames.FirstOrDefault(name => !name.StartsWith("refs/", StringComparison.Ordinal)) is { } wrong)
            {
                throw new ArgumentException($"A ref is named in full, as in refs/heads/main; not {wrong}.", nameof(refNames));
            }

            var owner = AzureBoardsStandIn.Project(state, project);
            var (target, id) = s_repositories.GetValue(owner, _ => new()).Push(repository);

            var made = refNames.Select(name => new RefUpdate(name, target.Refs.GetValueOrDefault(name), RandomNumberGenerator.GetHexString(40, lowercase: true)));
            var ended = (deleted ?? []).Select(name => new RefUpdate(name, target.Refs[name], After: null));
            var push = new GitPush(id, target, [.. made, .. ended], boards.Clock.GetUtcNow());
            foreach (var update in push.Updates)
            {
                if (update.After is null)
                {
                    target.Refs.Remove(update.Name);
                }
                else
                {
                    target.Refs[update.Name] = update.After;
                }
            }

            return boards.Notify(state, "git.push", owner, GitPayloads.Pushed(boards.OrganizationUrl, boards.Payloads().Identity(), owner, push));
        }));
    }

    private sealed class Repositories
    {
        private readonly List<Repository> _repositories = [];
        private int _lastPushId = 210;

        /// <summary>The repository and the number of the next push to it.</summary>
        public (Repository Repository, int PushId) Push(string name)
        {
            if (_repositories.Find(other => other.Name == name) is not { } found)
            {
                found = new(Guid.NewGuid(), name);
                _repositories.Add(found);
            }

            return (found, ++_lastPushId);
        }
    }
}
