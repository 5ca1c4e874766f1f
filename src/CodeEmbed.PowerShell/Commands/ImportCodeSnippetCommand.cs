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
    private protected override IAsyncEnumerable<Outcome<CodeSnippet>> Read(string file, InputShare? share) =>
        new JsonlSnippetReader(file) { Share = share, Zstandard = ZstandardAdapter.For(file) }.ReadAsync(StopToken);

    private protected override object Show(CodeSnippet record) => RecordProperties.Show(record);
}
