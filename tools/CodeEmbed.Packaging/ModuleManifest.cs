using System.Collections;
using System.Management.Automation.Language;

namespace CodeEmbed.Packaging;

/// <summary>A manifest of a PowerShell module, parsed in the same way as PowerShell.</summary>
internal sealed class ModuleManifest
{
    private readonly string _text;
    private readonly HashtableAst _psData;
    private readonly Hashtable _values;

    private ModuleManifest(string text, HashtableAst table)
    {
        _text = text;
        _values = (Hashtable)table.SafeGetValue();
        _psData = Child(Child(table, "PrivateData"), "PSData");
    }

    /// <summary>The metadata of the module's package.</summary>
    public Hashtable PSData => (Hashtable)((Hashtable)_values["PrivateData"]!)["PSData"]!;

    /// <summary>Reads a manifest.</summary>
    /// <param name="path">The path of the <c>.psd1</c> file.</param>
    /// <exception cref="InvalidDataException">It is not well formed, or has no <c>PrivateData.PSData</c>.</exception>
    public static ModuleManifest Read(string path) => Parse(File.ReadAllText(path), path);

    /// <summary>Reads the text of a manifest.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">Its name in errors.</param>
    /// <exception cref="InvalidDataException">It is not well formed, or has no <c>PrivateData.PSData</c>.</exception>
    public static ModuleManifest Parse(string text, string name = "The text")
    {
        ScriptBlockAst script = Parser.ParseInput(text, out _, out ParseError[] errors);
        Ast? found = script.Find(ast => ast is HashtableAst, searchNestedScriptBlocks: false);
        return errors.Length == 0 && found is HashtableAst table
            ? new ModuleManifest(text, table)
            : throw new InvalidDataException($"{name} is not a module manifest.");
    }

    /// <summary>A value that is one string.</summary>
    public string Text(string name) => _values[name] as string ?? throw new InvalidDataException($"The manifest has no {name}.");

    /// <summary>A value that is a list of strings.</summary>
    public IReadOnlyList<string> List(string name) => [.. ((IEnumerable)_values[name]!).Cast<string>()];

    /// <summary>The manifest's text with more values in <c>PrivateData.PSData</c>, after the existing ones.</summary>
    public string WithPSData(IEnumerable<(string Name, string Value)> values)
    {
        int end = _psData.KeyValuePairs[^1].Item2.Extent.EndOffset;
        return _text.Insert(end, string.Concat(values.Select(value => $"\n            {value.Name} = {Quote(value.Value)}")));
    }

    /// <summary>A value in the syntax of a manifest.</summary>
    public static string Quote(string value) => $"'{CodeGeneration.EscapeSingleQuotedStringContent(value)}'";

    private static HashtableAst Child(HashtableAst table, string name) => table.KeyValuePairs
        .Where(pair => pair.Item1 is StringConstantExpressionAst key && key.Value == name)
        .Select(pair => pair.Item2.Find(ast => ast is HashtableAst, searchNestedScriptBlocks: false))
        .OfType<HashtableAst>().FirstOrDefault() ?? throw new InvalidDataException($"The manifest has no {name}.");
}
