namespace IterationBranches.Infra.Tests.Templates;

/// <summary>The right side of a Bicep declaration or property, as far as the tests look into it.</summary>
/// <param name="Source">As it is written.</param>
internal abstract record Value(string Source)
{
    /// <summary>Every object in it, at any depth, itself included.</summary>
    public abstract IEnumerable<ObjectValue> Objects { get; }

    /// <summary>The text of a literal without <c>${…}</c>; null for anything else.</summary>
    public string? Literal => Source is ['\'', .. var inner, '\''] && !inner.Replace("\\'", "", StringComparison.Ordinal).Contains('\'') && !inner.Contains("${", StringComparison.Ordinal)
        ? inner.Replace("\\'", "'", StringComparison.Ordinal)
        : null;

    public sealed override string ToString() => Source;
}

internal sealed record ObjectValue(string Source, IReadOnlyList<(string Name, Value Value)> Properties, IReadOnlyList<Declaration> Nested) : Value(Source)
{
    public override IEnumerable<ObjectValue> Objects => Properties.SelectMany(property => property.Value.Objects).Prepend(this);

    public IEnumerable<string> Names => Properties.Select(property => property.Name);

    public Value this[string name] => Find(name) ?? throw new KeyNotFoundException($"there is no {name} in {Source}");

    public Value? Find(string name) => Properties.FirstOrDefault(property => property.Name == name).Value;

    public ObjectValue In(string name) => (ObjectValue)this[name];
}

internal sealed record ArrayValue(string Source, IReadOnlyList<Value> Items) : Value(Source)
{
    public override IEnumerable<ObjectValue> Objects => Items.SelectMany(item => item.Objects);

    public IEnumerable<string> Literals => Items.Select(item => item.Literal ?? throw new FormatException($"{item} is not a literal"));
}

/// <summary>A literal, a name, a call, a condition, a loop: its objects are known, the rest is text.</summary>
internal sealed record Expression(string Source, IReadOnlyList<Value> Parts) : Value(Source)
{
    public override IEnumerable<ObjectValue> Objects => Parts.SelectMany(part => part.Objects);
}

/// <summary><c>param</c>, <c>var</c>, <c>resource</c>, <c>module</c>, <c>output</c>.</summary>
/// <param name="Head">Between the name and the <c>=</c>: a type, or the quoted name of a resource type or file.</param>
internal sealed record Declaration(string Kind, string Name, string Head, IReadOnlyList<string> Decorators, Value? Value)
{
    public string Quoted => Head.Split('\'') is [_, var quoted, ..] ? quoted : throw new FormatException($"{Kind} {Name} names nothing in quotes");

    public bool IsExisting => Head.EndsWith(" existing", StringComparison.Ordinal);

    /// <summary>The body of a resource or module, also of a conditional one or of a loop.</summary>
    public ObjectValue Body => Value!.Objects.First();

    public IEnumerable<Declaration> WithNested => Value is null ? [this] : Value.Objects.SelectMany(value => value.Nested).SelectMany(nested => nested.WithNested).Prepend(this);

    public string? Decorator(string name) => Decorators.FirstOrDefault(decorator => decorator.StartsWith($"{name}(", StringComparison.Ordinal));

    public override string ToString() => $"{Kind} {Name}";
}
