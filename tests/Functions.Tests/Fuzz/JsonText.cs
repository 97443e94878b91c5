using System.Text;
using System.Text.Json;

namespace IterationBranches.Functions.Tests.Fuzz;

/// <summary>JSON that need not be right: names may come twice, and a value is any text.</summary>
internal sealed class JsonText
{
    private enum Kind
    {
        Raw,
        Object,
        Array,
    }

    private Kind _kind;
    private string _raw = "";

    /// <summary>Members with their names as they stand between quotation marks, or items without.</summary>
    public List<(string Name, JsonText Value)> Children { get; private set; } = [];

    public bool IsObject => _kind == Kind.Object;

    public bool IsArray => _kind == Kind.Array;

    public static JsonText Raw(string text) => new() { _raw = text };

    public static JsonText Of(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => new() { _kind = Kind.Object, Children = [.. element.EnumerateObject().Select(member => (member.Name, Of(member.Value)))] },
        JsonValueKind.Array => new() { _kind = Kind.Array, Children = [.. element.EnumerateArray().Select(item => ("", Of(item)))] },
        _ => Raw(element.GetRawText()),
    };

    public JsonText Copy() => new() { _kind = _kind, _raw = _raw, Children = [.. Children.Select(child => (child.Name, child.Value.Copy()))] };

    /// <summary>Becomes what the other is.</summary>
    public void Become(JsonText other) => (_kind, _raw, Children) = (other._kind, other._raw, other.Children);

    public void WrapInArray() => Become(new() { _kind = Kind.Array, Children = [("", Copy())] });

    public void WrapInObject(string name) => Become(new() { _kind = Kind.Object, Children = [(name, Copy())] });

    /// <summary>This and all below it, in the order in which they are written.</summary>
    public List<JsonText> All()
    {
        var all = new List<JsonText>();
        Add(this);
        return all;

        void Add(JsonText node)
        {
            all.Add(node);
            node.Children.ForEach(child => Add(child.Value));
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        Write(text);
        return text.ToString();
    }

    private void Write(StringBuilder text)
    {
        if (_kind == Kind.Raw)
        {
            text.Append(_raw);
            return;
        }

        text.Append(IsObject ? '{' : '[');
        for (var i = 0; i < Children.Count; i++)
        {
            text.Append(i == 0 ? "" : ",");
            if (IsObject)
            {
                text.Append('"').Append(Children[i].Name).Append("\":");
            }

            Children[i].Value.Write(text);
        }

        text.Append(IsObject ? '}' : ']');
    }
}
