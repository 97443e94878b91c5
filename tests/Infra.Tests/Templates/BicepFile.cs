namespace IterationBranches.Infra.Tests.Templates;

/// <summary>
/// Reads what the project's own Bicep files are made of. No compiler: it knows declarations, objects, arrays and strings,
/// and takes everything else as text. What it does not know it refuses.
/// </summary>
internal sealed class BicepFile
{
    private static readonly string[] s_kinds = ["param", "var", "resource", "module", "output", "using", "targetScope"];

    private readonly string _text;
    private int _at;

    public BicepFile(string text)
    {
        _text = text;
        Declarations = [.. ReadAll()];
    }

    public IReadOnlyList<Declaration> Declarations { get; }

    public static BicepFile Read(string path) => new(File.ReadAllText(Path.Combine(Repository.Root, path)));

    public IEnumerable<Declaration> Of(string kind) => Declarations.SelectMany(declaration => declaration.WithNested).Where(declaration => declaration.Kind == kind);

    public Declaration this[string kind, string name] => Of(kind).Single(declaration => declaration.Name == name);

    private IEnumerable<Declaration> ReadAll()
    {
        for (SkipBlank(); _at < _text.Length; SkipBlank())
        {
            yield return ReadDeclaration();
        }
    }

    private Declaration ReadDeclaration()
    {
        var decorators = new List<string>();
        while (Peek() == '@')
        {
            _at++;
            decorators.Add(ReadSource(() => ReadExpression(until: "\n")));
            SkipBlank();
        }

        var kind = ReadName();
        if (!s_kinds.Contains(kind))
        {
            throw Wrong($"'{kind}' begins no declaration");
        }

        SkipSpace();
        var name = kind is "using" or "targetScope" ? "" : ReadName();
        var head = ReadSource(() => ReadExpression(until: "=\n"));
        if (Peek() != '=')
        {
            return new(kind, name, head, decorators, null);
        }

        _at++;
        return new(kind, name, head, decorators, ReadValue("\n"));
    }

    private Value ReadValue(string until)
    {
        SkipSpace();
        var start = _at;
        Value value = Peek() switch
        {
            '{' => ReadObject(),
            '[' when !IsLoop() => ReadArray(),
            _ => ReadExpression(until),
        };
        SkipSpace();
        if (value is Expression || _at >= _text.Length || until.Contains(_text[_at]) || _text[_at] is '\n' or '}' or ']' or ',')
        {
            return value;
        }

        // What began as an object goes on: { … }[name].
        _at = start;
        return ReadExpression(until);
    }

    private ObjectValue ReadObject()
    {
        var start = _at++;
        var properties = new List<(string, Value)>();
        var nested = new List<Declaration>();
        for (SkipSeparators(); Peek() != '}'; SkipSeparators())
        {
            var before = _at;
            var name = Peek() == '\'' ? ReadString()[1..^1] : ReadName();
            SkipSpace();
            if (Peek() == ':')
            {
                _at++;
                properties.Add((name, ReadValue(",}\n")));
            }
            else
            {
                _at = before;
                nested.Add(ReadDeclaration());
            }
        }

        _at++;
        return new(_text[start.._at], properties, nested);
    }

    private ArrayValue ReadArray()
    {
        var start = _at++;
        var items = new List<Value>();
        for (SkipSeparators(); Peek() != ']'; SkipSeparators())
        {
            items.Add(ReadValue(",]\n"));
        }

        _at++;
        return new(_text[start.._at], items);
    }

    /// <summary>Up to one of these characters outside of all brackets; a line that begins with <c>?</c>, <c>:</c> or <c>|</c> continues the one before.</summary>
    private Expression ReadExpression(string until)
    {
        var start = _at;
        var parts = new List<Value>();
        var depth = 0;
        while (_at < _text.Length)
        {
            var next = _text[_at];
            if (depth == 0 && until.Contains(next) && !(next == '\n' && IsContinued()))
            {
                break;
            }

            if (next == '\'')
            {
                ReadString();
            }
            else if (next == '{')
            {
                parts.Add(ReadObject());
            }
            else if (StartsComment())
            {
                SkipComment();
            }
            else
            {
                depth += next is '(' or '[' ? 1 : next is ')' or ']' ? -1 : 0;
                if (depth < 0)
                {
                    break;
                }

                _at++;
            }
        }

        return new(_text[start.._at].Trim(), parts);
    }

    private string ReadString()
    {
        var start = _at++;
        for (; Peek() != '\''; _at++)
        {
            if (Peek() == '\n')
            {
                throw Wrong("a string does not end");
            }

            if (Peek() == '\\')
            {
                _at++;
            }
            else if (Peek() == '$' && _text[_at + 1] == '{')
            {
                _at += 2;
                ReadExpression(until: "}");
            }
        }

        return _text[start..++_at];
    }

    private string ReadName()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] == '_'))
        {
            _at++;
        }

        return start < _at ? _text[start.._at] : throw Wrong("a name was expected");
    }

    private static string ReadSource(Func<Value> read) => read().Source;

    private bool IsLoop() => _text.AsSpan(_at + 1).TrimStart().StartsWith("for ", StringComparison.Ordinal);

    private bool IsContinued() => _text.AsSpan(_at).TrimStart() is ['?' or ':' or '|', ..];

    private bool StartsComment() => _text[_at] == '/' && _at + 1 < _text.Length && _text[_at + 1] == '/';

    private char Peek() => _at < _text.Length ? _text[_at] : throw Wrong("the file ends here");

    private void SkipSpace() => Skip(" ");

    private void SkipBlank() => Skip(" \n");

    private void SkipSeparators() => Skip(" \n,");

    private void Skip(string characters)
    {
        while (_at < _text.Length && (characters.Contains(_text[_at]) || StartsComment()))
        {
            if (StartsComment())
            {
                SkipComment();
            }
            else
            {
                _at++;
            }
        }
    }

    private void SkipComment() => _at = _text.IndexOf('\n', _at) is var end and >= 0 ? end : _text.Length;

    private FormatException Wrong(string what) => new($"line {_text.Take(Math.Min(_at, _text.Length)).Count(character => character == '\n') + 1}: {what}");
}
