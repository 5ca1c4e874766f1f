using System.Collections;
using System.Management.Automation;
using CodeEmbed.Indexes;
using CodeEmbed.Jsonl;
using CodeEmbed.Jsonl.Input;
using CodeEmbed.PowerShell.Engine;
using CodeEmbed.PowerShell.Objects;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>Reads code snippets from JSON Lines files, or JSON arrays, one at a time.</summary>
[Cmdlet(VerbsData.Import, "CodeSnippet", DefaultParameterSetName = PathSet)]
[OutputType(typeof(CodeSnippet))]
public sealed class ImportCodeSnippetCommand : ImportCommand<CodeSnippet>
{
    private PropertyMapping? _mapping;
    private ShardParameters? _shard;

    /// <summary>
    ///   The sources of a snippet's properties in records with other names: for each the name of a property, a path to one
    ///   with dots, or a script block that computes it from the record in $_.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    [ValidatePropertyMap]
    public IDictionary? PropertyMap { get; set; }

    /// <summary>Which shard of the input is read; the first is 0.</summary>
    [Parameter]
    public int? ShardIndex { get; set; }

    /// <summary>Into how many shards the input is divided, by the bytes of its records. With ShardIndex.</summary>
    [Parameter]
    public int? ShardCount { get; set; }

    private protected override ShardParameters? Shard => _shard;

    // Snippets that are only passed on to be embedded do not need it.
    private protected override bool NeedsTypeInformation => MyInvocation.PipelinePosition == MyInvocation.PipelineLength;

    private protected override string? FindOwner(string file) => IndexOwner.Of(file);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        _shard = FindShard(ShardIndex, ShardCount);
        _mapping = PropertyMap is null ? null : new PropertyMapping(PropertyMap);
        base.BeginProcessing();
    }

    private protected override IAsyncEnumerable<Outcome<CodeSnippet>> Read(string file, InputShare? share, ByteRange? range)
    {
        var reader = new JsonlSnippetReader(file)
        {
            Share = share,
            Range = range,
            Map = _mapping?.Map,
            Zstandard = ZstandardAdapter.For(file),
        };
        return reader.ReadAsync(StopToken);
    }

    private protected override Outcome<CodeSnippet> Complete(Outcome<CodeSnippet> record) =>
        _mapping is null ? record : _mapping.Complete(record);

    private protected override object Show(CodeSnippet record) => RecordProperties.Show(record);
}
