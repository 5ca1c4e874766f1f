using System.Runtime.CompilerServices;

namespace CodeEmbed.Bench;

/// <summary>The first records of another reader.</summary>
internal sealed class LimitedReader(ISnippetReader reader, int limit) : ISnippetReader
{
    public async IAsyncEnumerable<Outcome<CodeSnippet>> ReadAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        int left = limit;
        await foreach (Outcome<CodeSnippet> record in reader.ReadAsync(cancellationToken))
        {
            if (left-- == 0)
                yield break;

            yield return record;
        }
    }
}
