using System.Runtime.CompilerServices;

namespace CodeEmbed.Bench;

/// <summary>The first snippets of another reader.</summary>
internal sealed class LimitedReader(ISnippetReader reader, int limit) : ISnippetReader
{
    public async IAsyncEnumerable<CodeSnippet> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        int left = limit;
        await foreach (CodeSnippet snippet in reader.ReadAsync(cancellationToken))
        {
            if (left-- == 0)
                yield break;

            yield return snippet;
        }
    }
}
