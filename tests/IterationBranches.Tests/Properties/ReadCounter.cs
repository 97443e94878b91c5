using System.Collections;

namespace IterationBranches.Tests.Properties;

/// <summary>How many elements were read of the lists that it hands out.</summary>
internal sealed class ReadCounter
{
    private long _reads;

    public long Reads => Interlocked.Read(ref _reads);

    public IReadOnlyList<T> Of<T>(IEnumerable<T> items) => new CountedList<T>(this, [.. items]);

    private T Read<T>(T item)
    {
        Interlocked.Increment(ref _reads);
        return item;
    }

    private sealed class CountedList<T>(ReadCounter counter, T[] items) : IReadOnlyList<T>
    {
        public int Count => items.Length;

        public T this[int index] => counter.Read(items[index]);

        public IEnumerator<T> GetEnumerator() => items.Select(counter.Read).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
