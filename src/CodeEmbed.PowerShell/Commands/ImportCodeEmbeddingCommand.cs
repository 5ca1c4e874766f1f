using System.Management.Automation;
using CodeEmbed.Jsonl;
using CodeEmbed.PowerShell.Objects;
using CodeEmbed.Runs;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>Reads embeddings from files that Export-CodeEmbedding wrote, one at a time.</summary>
[Cmdlet(VerbsData.Import, "CodeEmbedding", DefaultParameterSetName = PathSet)]
[OutputType(typeof(CodeEmbedding))]
public sealed class ImportCodeEmbeddingCommand : ImportCommand<CodeEmbedding>
{
    private protected override IAsyncEnumerable<CodeEmbedding?> Read(string file, InputShare? share, Action<RefusedRecord> skipInvalid) =>
        new JsonlEmbeddingReader(file, skipInvalid).ReadWithGapsAsync(StopToken);

    private protected override object Show(CodeEmbedding record) => RecordProperties.Show(record);
}
