using System.Collections;
using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Language;
using CodeEmbed.Jsonl;
using CodeEmbed.Jsonl.Lines;
using CodeEmbed.Jsonl.Records;
using CodeEmbed.Runs;

namespace CodeEmbed.PowerShell.Objects;

/// <summary>A map from the user: names, for the reader, and scripts, which are run here for each record.</summary>
internal sealed class PropertyMapping
{
    private readonly IReadOnlyList<(SnippetFields Field, string Name, ScriptBlock Script)> _scripts;

    /// <summary>Makes a mapping from the user's entries.</summary>
    /// <param name="entries">For each property of a snippet a name, a path or a script block.</param>
    /// <exception cref="ArgumentException">It is not a valid map. The message is for the user.</exception>
    public PropertyMapping(IDictionary entries)
    {
        Dictionary<string, string> sources = [], constants = [];
        Dictionary<string, ScriptBlock> scripts = [];
        HashSet<string> targets = [];
        foreach (DictionaryEntry entry in entries)
        {
            // As everywhere in PowerShell, a property may also have its name in the class.
            string given = LanguagePrimitives.ConvertTo<string>(entry.Key);
            string target = RecordNames.Find(given) ?? given;
            if (!targets.Add(target))
                throw new ArgumentException($"'{target}' is mapped twice.");

            object? value = entry.Value is PSObject wrapped ? wrapped.BaseObject : entry.Value;
            if (value is string source)
                sources.Add(target, source);
            else if (value is not ScriptBlock script)
                throw new ArgumentException($"'{target}' is mapped from {Describe(value)}. Give a name or a script block.");
            else if (FindConstant(script) is { } constant)
                constants.Add(target, constant);
            else
                scripts.Add(target, script);
        }

        Map = new PropertyMap(sources, constants, scripts.Keys);
        _scripts =
        [
            .. RecordSchema.SnippetNames.Where(entry => scripts.ContainsKey(entry.Name))
                .Select(entry => (entry.Field, entry.Name, scripts[entry.Name])),
        ];
    }

    /// <summary>The map for the reader.</summary>
    public PropertyMap Map { get; }

    /// <summary>
    ///   Runs the scripts on a record that the reader made a snippet from, on this thread, and makes the snippet with their
    ///   results.
    /// </summary>
    /// <param name="record">The outcome of the reader.</param>
    public Outcome<CodeSnippet> Complete(Outcome<CodeSnippet> record)
    {
        if (_scripts.Count == 0 || record.IsRejected)
            return record;

        CodeSnippet read = record.Value;
        ReadOnlyMemory<byte> text = read.Record.AsRead;
        var place = new RecordPlace(read.Source!, read.InputFraction);
        try
        {
            PSObject raw = RecordProperties.ShowAll(SnippetRecord.OfAnything(text));
            (SnippetFields, object?)[] computed =
                [.. _scripts.Select(script => (script.Field, Run(script.Name, script.Script, raw, place.Source)))];
            return new Outcome<CodeSnippet>(MappedRecordParser.Parse(text.Span, place, Map.Names, computed));
        }
        catch (SnippetValidationException e)
        {
            return new Outcome<CodeSnippet>(new RejectedRecord(e, place.Source, e.SnippetId ?? read.Id, text));
        }
    }

    private static object? Run(string name, ScriptBlock script, PSObject raw, SnippetSource source)
    {
        try
        {
            Collection<PSObject> output = script.InvokeWithContext(null, [new PSVariable("_", raw)]);
            return RecordValues.Read(
                name, () => output.Count switch { 0 => null, 1 => output[0], _ => output.ToArray() }, source);
        }
        catch (RuntimeException e) when (e is not PipelineStoppedException)
        {
            throw new SnippetValidationException(name, $"cannot be computed: {e.Message.TrimEnd('.')}", source, null);
        }
    }

    /// <summary>The text of a script that is only a constant text, such as <c>{ 'python' }</c>, which need not be run.</summary>
    private static string? FindConstant(ScriptBlock script)
    {
        bool isOne = script.Ast is ScriptBlockAst
        {
            ParamBlock: null, DynamicParamBlock: null, BeginBlock: null, ProcessBlock: null,
            EndBlock: { Traps: null, Statements: [PipelineAst { PipelineElements: [CommandExpressionAst] }] },
        };
        if (!isOne)
            return null;

        var statement = (PipelineAst)((ScriptBlockAst)script.Ast).EndBlock.Statements[0];
        return statement.PipelineElements[0] is CommandExpressionAst { Expression: StringConstantExpressionAst text }
            && text.Extent.Text == statement.Extent.Text
            ? text.Value
            : null;
    }

    private static string Describe(object? value) => value switch
    {
        null => "$null",
        _ => $"a value of the type {value.GetType().Name}",
    };
}
