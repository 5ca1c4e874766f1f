using System.Management.Automation;
using CodeEmbed.Jsonl;
using CodeEmbed.PowerShell.Engine;
using CodeEmbed.PowerShell.Errors;
using CodeEmbed.Search;

namespace CodeEmbed.PowerShell.Search;

/// <summary>Finds and opens the files of embeddings that a cmdlet searches in.</summary>
/// <param name="cmdlet">The cmdlet, which writes the errors that do not end the pipeline.</param>
/// <param name="threads">How many threads read a file.</param>
/// <param name="keep">Whether the vectors that are read are kept for the next search of this process.</param>
internal sealed class IndexFiles(PSCmdlet cmdlet, int threads, bool keep)
{
    /// <summary>Reads what the files hold. One that cannot be read is an error, and the others are opened.</summary>
    /// <param name="paths">The paths of the files.</param>
    /// <param name="literal">Whether no character in them is a wildcard.</param>
    /// <param name="hasModel">Whether to read the description next to a file, which says how to embed a question.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="IndexException">The files cannot be compared.</exception>
    /// <exception cref="PipelineStoppedException">The pipeline was stopped.</exception>
    public SearchedIndexes Open(
        IEnumerable<string> paths, bool literal, bool hasModel, CancellationToken cancellationToken)
    {
        var indexes = new SearchedIndexes();
        foreach (string file in EmbeddingFiles.Find(cmdlet.SessionState.Path, paths, literal, cmdlet.WriteError))
        {
            try
            {
                if (!indexes.AddAsync(OpenSource(file), hasModel, cancellationToken).AsTask().GetAwaiter().GetResult())
                    cmdlet.WriteWarning($"'{file}' holds no embeddings.");
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                throw new PipelineStoppedException();
            }
            catch (CodeEmbedException e) when (e is not IndexException)
            {
                cmdlet.WriteError(ErrorRecords.From(e));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
            {
                cmdlet.WriteError(ErrorRecords.FileRead(e, file));
            }
        }

        return indexes;
    }

    private IVectorSource OpenSource(string file)
    {
        var source = new JsonlVectorSource(file)
        {
            Threads = threads,
            Zstandard = ZstandardAdapter.For(file),
            Store = StoreAdapter.Instance,
        };
        return keep ? SearchMemory.Cache.Hold(source) : source;
    }
}
