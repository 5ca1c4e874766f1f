using System.Management.Automation;
using CodeEmbed.Indexes;
using CodeEmbed.Jsonl;
using CodeEmbed.Jsonl.Input;
using CodeEmbed.PowerShell.Engine;
using CodeEmbed.PowerShell.Objects;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>Reads embeddings from files that Export-CodeEmbedding wrote, one at a time.</summary>
[Cmdlet(VerbsData.Import, "CodeEmbedding", DefaultParameterSetName = PathSet)]
[OutputType(typeof(CodeEmbedding))]
public sealed class ImportCodeEmbeddingCommand : ImportCommand<CodeEmbedding>
{
    private protected override bool NeedsTypeInformation => true;

    private protected override string? FindOwner(string file) => IndexOwner.OfEmbeddings(file);

    private protected override IAsyncEnumerable<Outcome<CodeEmbedding>> Read(
        string file, InputShare? share, ByteRange? range) =>
        new JsonlEmbeddingReader(file) { Zstandard = ZstandardAdapter.For(file), Store = StoreAdapter.Instance }
            .ReadAsync(StopToken);

    private protected override object Show(CodeEmbedding record) => RecordProperties.Show(record);
}
