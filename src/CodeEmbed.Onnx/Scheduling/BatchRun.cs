using System.Runtime.ExceptionServices;

namespace CodeEmbed.Onnx.Scheduling;

/// <summary>A batch that is being embedded on several threads: decides which snippets share a run, and keeps outcomes.</summary>
/// <param name="model">The model.</param>
/// <param name="snippets">The snippets.</param>
/// <param name="outcomes">Receives the outcome of each snippet that does not have one yet.</param>
/// <param name="workers">The threads that embed it.</param>
/// <param name="cancellationToken">Stops the work.</param>
internal sealed class BatchRun(
    LoadedModel model,
    IReadOnlyList<CodeSnippet> snippets,
    Outcome<CodeEmbedding>?[] outcomes,
    WorkerThreads workers,
    CancellationToken cancellationToken)
{
    // The longest first, so that no thread has a long one at the end, and short ones are next to each other.
    private readonly int[] _order =
        [.. Enumerable.Range(0, snippets.Count)
            .Where(i => outcomes[i] is null)
            .OrderByDescending(i => snippets[i].Content.Length)];

    private volatile ExceptionDispatchInfo? _end;

    /// <summary>How many snippets have to be embedded.</summary>
    public int Count => _order.Length;

    /// <summary>Checks, after all threads are done, that each snippet has an outcome.</summary>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public void RequireEnd()
    {
        cancellationToken.ThrowIfCancellationRequested();
        _end?.Throw();
    }

    /// <summary>
    ///   Embeds in one run as many of the next snippets as are useful, but no more than a thread's share.
    /// </summary>
    /// <param name="next">Returns the index of the next snippet to embed, or <see langword="null"/>.</param>
    public void EmbedNext(Func<int?> next)
    {
        try
        {
            if (!cancellationToken.IsCancellationRequested && _end is null)
            {
                Embed(Take(next));
                return;
            }
        }
        catch (Exception e)
        {
            // A stop, or a bug in this program, which is not a reason to reject a snippet: the caller that waits for the batch
            // gets the exception.
            _end = ExceptionDispatchInfo.Capture(e);
        }

        // The batch is not needed any more.
        while (next() is not null)
        {
        }
    }

    private List<(int Index, TokenizedSnippet Snippet)> Take(Func<int?> next)
    {
        var taken = new List<(int Index, TokenizedSnippet Snippet)>();
        int tokens = 0, share = workers.FairShare;
        while (taken.Count == 0 || (tokens < model.TokensAtOnce && taken.Count < share))
        {
            if (next() is not { } number)
                break;

            int index = _order[number];
            if (model.TryTokenize(snippets[index], out outcomes[index], cancellationToken) is not { } snippet)
                continue;

            taken.Add((index, snippet));
            tokens += snippet.Tokens.Ids.Length;
        }

        return taken;
    }

    /// <summary>Embeds snippets: those in windows one by one, and the others together.</summary>
    private void Embed(List<(int Index, TokenizedSnippet Snippet)> taken)
    {
        EmbedTogether([.. taken.Where(entry => entry.Snippet.Windows is null)]);
        foreach ((int index, TokenizedSnippet snippet) in taken.Where(entry => entry.Snippet.Windows is not null))
        {
            try
            {
                outcomes[index] = model.EmbedWindows(snippet, atOnce: 1, cancellationToken);
            }
            catch (Exception e) when (SnippetFailure.IsOfRun(e))
            {
                outcomes[index] = SnippetFailure.Reject(snippet.Snippet, e);
            }
        }
    }

    private void EmbedTogether(List<(int Index, TokenizedSnippet Snippet)> taken)
    {
        if (taken.Count == 0)
            return;

        try
        {
            foreach (
                ((int index, _), Outcome<CodeEmbedding> outcome) in taken.Zip(
                    model.Embed([.. taken.Select(entry => entry.Snippet)], cancellationToken)))
                outcomes[index] = outcome;
        }
        catch (Exception e) when (SnippetFailure.IsOfRun(e))
        {
            if (taken.Count == 1)
            {
                outcomes[taken[0].Index] = SnippetFailure.Reject(taken[0].Snippet.Snippet, e);
                return;
            }

            // One of them is the cause, or together they need too much.
            foreach ((int Index, TokenizedSnippet Snippet) entry in taken)
                EmbedTogether([entry]);
        }
    }
}
