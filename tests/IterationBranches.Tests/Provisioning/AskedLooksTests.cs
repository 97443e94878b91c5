using IterationBranches.Provisioning;
using IterationBranches.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace IterationBranches.Tests.Provisioning;

/// <summary>
/// Two hooks on two instances, and the looks that follow, in every order in which their calls to the storage account can
/// take effect: a message may be begun as soon as it is sent, and an instance may die between any two calls.
/// </summary>
public sealed class AskedLooksTests
{
    private const int Calls = 4;

    public static TheoryData<bool, int> Beginnings => [.. from isPending in new[] { false, true } from calls in Enumerable.Range(0, Calls + 1) select (isPending, calls)];

    [Theory]
    [MemberData(nameof(Beginnings))]
    public async Task After_every_hook_that_was_taken_a_look_begins(bool isPending, int callsOfTheSecond)
    {
        // Without a context each call runs on to the next one at once.
        var (orders, fewest) = await Task.Run(() =>
        {
            var (count, least) = (0, int.MaxValue);
            var choices = new List<(int Chosen, int Of)>();
            do
            {
                var run = new Run(isPending, callsOfTheSecond);
                run.Play(choices);
                if (run.Unseen.Count > 0 || run.MostPending > 2)
                {
                    Assert.Fail($"{run.MostPending} were pending; no look began after {string.Join(" and ", run.Unseen)}: {string.Join(", ", run.Story)}");
                }

                (count, least) = (count + 1, Math.Min(least, run.Sent));
            }
            while (Advance(choices));
            return (count, least);
        });

        TestContext.Current.TestOutputHelper?.WriteLine($"{orders} orders");
        Assert.True(callsOfTheSecond < Calls || orders > 50, $"only {orders} orders were tried");
        Assert.Equal(isPending ? 0 : 1, fewest);
    }

    /// <summary>The next order: the last choice that had another possibility takes it.</summary>
    private static bool Advance(List<(int Chosen, int Of)> choices)
    {
        while (choices.Count > 0)
        {
            var (chosen, of) = choices[^1];
            choices.RemoveAt(choices.Count - 1);
            if (chosen + 1 < of)
            {
                choices.Add((chosen + 1, of));
                return true;
            }
        }

        return false;
    }

    private sealed class Run
    {
        private readonly Actor _first;
        private readonly Actor _second;
        private readonly Actor _looks;
        private readonly Dictionary<string, int> _arrivals = [];
        private readonly List<string> _taken = [];
        private int _lastLook = -1;
        private (DateTimeOffset? SentAt, int Version) _note;
        private int _queue;

        public Run(bool isPending, int callsOfTheSecond)
        {
            (_first, _second, _looks) = (new("first", int.MaxValue), new("second", callsOfTheSecond), new("look", int.MaxValue));
            if (isPending)
            {
                (_queue, _note) = (1, (new ManualTime().GetUtcNow(), 1));
            }
        }

        public List<(string Who, string Does)> Story { get; } = [];

        public int Sent { get; private set; }

        public int MostPending { get; private set; }

        /// <summary>Hooks that were answered well, and after which no look began.</summary>
        public IReadOnlyList<string> Unseen => [.. _taken.Where(hook => _arrivals[hook] > _lastLook)];

        public void Play(List<(int Chosen, int Of)> choices)
        {
            var hooks = new[] { HookAsync(_first), HookAsync(_second) };
            var looks = LookAsync();
            for (var turn = 0; ; turn++)
            {
                Actor[] able = [.. new[] { _first, _second, _looks }.Where(actor => actor.IsAble && (actor != _looks || _looks.Does != "take" || _queue > 0))];
                if (able.Length == 0)
                {
                    break;
                }

                if (turn == choices.Count)
                {
                    choices.Add((0, able.Length));
                }

                var next = able[choices[turn].Chosen];
                Story.Add((next.Name, next.Does));
                next.Go();
            }

            Assert.DoesNotContain(hooks, hook => hook.IsFaulted);
            Assert.False(looks.IsCompleted);
        }

        private async Task HookAsync(Actor actor)
        {
            await actor.ToAsync("arrives");
            _arrivals[actor.Name] = Story.Count;
            var looks = new AskedLooks(new Queue(this, actor), new Notes(this, actor), new ManualTime(), NullLogger<AskedLooks>.Instance);
            await looks.AskAsync("orders", LookReason.WorkItem, default);
            _taken.Add(actor.Name);
        }

        private async Task LookAsync()
        {
            var looks = new AskedLooks(new Queue(this, _looks), new Notes(this, _looks), new ManualTime(), NullLogger<AskedLooks>.Instance);
            while (true)
            {
                await _looks.ToAsync("take");
                _queue--;
                await looks.BeginAsync("orders", default);
                await _looks.ToAsync("looks");
                _lastLook = Story.Count;
            }
        }

        private sealed class Queue(Run run, Actor actor) : ILookQueue
        {
            public async Task SendAsync(LookMessage message, TimeSpan? delay, CancellationToken cancellationToken)
            {
                await actor.ToAsync("sends");
                run.Sent++;
                run.MostPending = Math.Max(run.MostPending, ++run._queue);
            }

            public Task<DateTimeOffset?> FindFrontAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

            public Task PoisonAsync(string text, string reason, CancellationToken cancellationToken) => throw new NotSupportedException();
        }

        private sealed class Notes(Run run, Actor actor) : IAskedNotes
        {
            public async Task<AskedNote> ReadAsync(string track, CancellationToken cancellationToken)
            {
                await actor.ToAsync("reads");
                return new(track, run._note.SentAt, run._note.SentAt, $"{run._note.Version}");
            }

            public async Task WriteAsync(AskedNote read, DateTimeOffset sentAt, DateTimeOffset visibleAt, CancellationToken cancellationToken)
            {
                await actor.ToAsync("notes");
                if (read.Version == $"{run._note.Version}")
                {
                    run._note = (sentAt, run._note.Version + 1);
                }
            }

            public async Task ClearAsync(string track, CancellationToken cancellationToken)
            {
                await actor.ToAsync("clears");
                run._note = (null, run._note.Version + 1);
            }
        }
    }

    /// <summary>Somebody who waits before each call until it is his turn.</summary>
    /// <param name="calls">After so many he is dead.</param>
    private sealed class Actor(string name, int calls)
    {
        private TaskCompletionSource? _turn;

        public string Name => name;

        public int Left { get; private set; } = calls;

        public string Does { get; private set; } = "";

        public bool IsAble => _turn is not null && Left > 0;

        public Task ToAsync(string what)
        {
            (Does, _turn) = (what, new());
            return _turn.Task;
        }

        public void Go()
        {
            var turn = _turn!;
            (_turn, Left) = (null, Left - 1);
            turn.SetResult();
        }
    }
}
