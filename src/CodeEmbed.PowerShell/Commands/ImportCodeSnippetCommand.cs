using System.Collections.ObjectModel;
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

    private Collection<string> Resolve(string path)
    {
        try
        {
            Collection<string> files = GetResolvedProviderPathFromPSPath(path, out ProviderInfo provider);
            if (provider.Name != "FileSystem")
                Fail(ErrorRecords.FileRead(new IOException($"it is no file: it belongs to the provider {provider.Name}."), path));

            // Silence would let the pipeline run to its end and replace its output by nothing.
            if (files.Count == 0)
                Fail(ErrorRecords.FileRead(new FileNotFoundException("no file matches it. In a path [ ] * ? and ` have a meaning; ` before them takes it away."), path));

            return files;
        }
        catch (Exception e) when (e is ItemNotFoundException or WildcardPatternException or System.Management.Automation.DriveNotFoundException or ProviderNotFoundException)
        {
            Fail(ErrorRecords.FileRead(e, path));
        }

        return [];
    }

    private void Read(string file)
    {
        if (OpenOutputs.Contains(file))
            Fail(ErrorRecords.FileRead(new IOException("this pipeline is going to write to it. Rename it first."), file));

        IAsyncEnumerator<CodeSnippet> snippets = new JsonlSnippetReader(file).ReadAsync(StopToken).GetAsyncEnumerator(StopToken);
        try
        {
            while (RunOrFail(snippets.MoveNextAsync, e => ErrorRecords.FileRead(e, file)))
                WriteObject(snippets.Current);
        }
        finally
        {
            snippets.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }
}
