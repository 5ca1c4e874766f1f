using CodeEmbed.Onnx.Tokenizers;

namespace CodeEmbed.Onnx;

/// <summary>A batch while it is embedded, on several threads: which snippets share a run, and what came of each.</summary>
/// <param name="model">The model.</param>
/// <param name="snippets">The snippets.</param>
/// <param name="workers">The threads that embed it.</param>
/// <param name="cancellationToken">Stops the work.</param>
internal sealed class BatchRun(LoadedModel model, IReadOnlyList<CodeSnippet> snippets, WorkerThreads workers, CancellationToken cancellationToken)
{
    private readonly Exception?[] _failures = new Exception?[snippets.Count];

    // The longest first, so that no thread is left with a long one at the end, and short ones come together.
    private readonly int[] _order = [.. Enumerable.Range(0, snippets.Count).OrderByDescending(i => snippets[i].Content.Length)];

    /// <summary>The embedding of each snippet that did not fail.</summary>
    public CodeEmbedding[] Embeddings { get; } = new CodeEmbedding[snippets.Count];

    /// <summary>The first snippet of the batch that failed, and how.</summary>
    public (CodeSnippet Snippet, Exception Exception)? FirstFailure =>
        Array.FindIndex(_failures, failure => failure is not null) is var index and >= 0 ? (snippets[index], _failures[index]!) : null;

    /// <summary>Embeds in one run as many of the next snippets as make it worth while, and no more than a thread's share.</summary>
    /// <param name="next">The next number of those that are to be embedded, or <see langword="null"/>.</param>
    public void EmbedNext(Func<int?> next)
    {
        var taken = new List<(int Index, TokenizedSnippet Snippet)>();
        int tokens = 0, share = workers.FairShare;
        while (taken.Count == 0 || (tokens < model.TokensAtOnce && taken.Count < share))
        {
            if (next() is not { } number)
                break;

            int index = _order[number];
            try
            {
                TokenizedSnippet snippet = model.Tokenize(snippets[index], cancellationToken);
                taken.Add((index, snippet));
                tokens += snippet.Tokens.Ids.Length;
            }
            catch (Exception e)
            {
                _failures[index] = e;
            }
        }

        if (taken.Count > 0)
            Embed(taken);
    }

    private void Embed(List<(int Index, TokenizedSnippet Snippet)> taken)
    {
        try
        {
            CodeEmbedding[] embeddings = model.Embed([.. taken.Select(entry => entry.Snippet)], cancellationToken);
            foreach (((int index, _), CodeEmbedding embedding) in taken.Zip(embeddings))
                Embeddings[index] = embedding;
        }
        catch (Exception) when (taken.Count > 1)
        {
            // One of them is why, or together they are too much.
            foreach ((int Index, TokenizedSnippet Snippet) entry in taken)
                Embed([entry]);
        }
        catch (Exception e)
        {
            _failures[taken[0].Index] = e;
        }
    }
}
