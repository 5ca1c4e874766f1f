using System.Collections;
using System.Management.Automation;
using CodeEmbed.Jsonl;
using CodeEmbed.Jsonl.Input;
using CodeEmbed.PowerShell.Engine;
using CodeEmbed.PowerShell.Objects;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>Reads code snippets from files of JSON Lines, or of JSON arrays, one at a time.</summary>
[Cmdlet(VerbsData.Import, "CodeSnippet", DefaultParameterSetName = PathSet)]
[OutputType(typeof(CodeSnippet))]
public sealed class ImportCodeSnippetCommand : ImportCommand<CodeSnippet>
{
    private PropertyMapping? _mapping;

    /// <summary>
    ///   Where the properties of a snippet come from in records with other names: for each the name of a property, a path to one
    ///   with dots, or a script block that computes it of the record in $_.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    [ValidatePropertyMap]
    public IDictionary? PropertyMap { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        _mapping = PropertyMap is null ? null : new PropertyMapping(PropertyMap);
        base.BeginProcessing();
    }

    private protected override IAsyncEnumerable<Outcome<CodeSnippet>> Read(string file, InputShare? share)
    {
        var reader = new JsonlSnippetReader(file)
        {
            Share = share,
            Map = _mapping?.Map,
            Zstandard = ZstandardAdapter.For(file),
        };
        return reader.ReadAsync(StopToken);
    }

    private protected override Outcome<CodeSnippet> Complete(Outcome<CodeSnippet> record) =>
        _mapping is null ? record : _mapping.Complete(record);

    private protected override object Show(CodeSnippet record) => RecordProperties.Show(record);
}
