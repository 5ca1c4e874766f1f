using System.Runtime.CompilerServices;

namespace CodeEmbed.Tests.Core;

/// <summary>Reads snippets from a list, and counts the snippets that it has returned.</summary>
internal sealed class ListedSnippets(IEnumerable<CodeSnippet> snippets) : ISnippetReader
{
    /// <summary>The number of snippets that were returned.</summary>
    public int Given { get; private set; }

    public async IAsyncEnumerable<Outcome<CodeSnippet>> ReadAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (CodeSnippet snippet in snippets)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            Given++;
            yield return new Outcome<CodeSnippet>(snippet);
        }
    }
}
