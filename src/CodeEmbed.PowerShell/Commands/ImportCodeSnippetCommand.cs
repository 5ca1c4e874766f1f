using System.Management.Automation;
using CodeEmbed.Jsonl;
using CodeEmbed.PowerShell.Errors;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>Reads code snippets from files of JSON Lines, one at a time.</summary>
[Cmdlet(VerbsData.Import, "CodeSnippet")]
[OutputType(typeof(CodeSnippet))]
public sealed class ImportCodeSnippetCommand : CodeEmbedCmdlet
{
    /// <summary>The files; wildcards are allowed. A file whose name ends in .gz is unpacked.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string path in Path)
        {
            foreach (string file in Resolve(path))
                Read(file);
        }
    }

    private IReadOnlyCollection<string> Resolve(string path)
    {
        try
        {
            IReadOnlyCollection<string> files = GetResolvedProviderPathFromPSPath(path, out ProviderInfo provider);
            if (provider.Name == "FileSystem")
                return files;

            Fail(ErrorRecords.FileRead(new IOException($"it is no file: it belongs to the provider {provider.Name}."), path));
        }
        catch (Exception e) when (e is ItemNotFoundException or System.Management.Automation.DriveNotFoundException or ProviderNotFoundException)
        {
            Fail(ErrorRecords.FileRead(e, path));
        }

        return [];
    }

    private void Read(string file)
    {
        IAsyncEnumerator<CodeSnippet> snippets = new JsonlSnippetReader(file).ReadAsync(StopToken).GetAsyncEnumerator(StopToken);
        try
        {
            while (Do(snippets.MoveNextAsync, e => ErrorRecords.FileRead(e, file)))
                WriteObject(snippets.Current);
        }
        finally
        {
            snippets.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }
}
