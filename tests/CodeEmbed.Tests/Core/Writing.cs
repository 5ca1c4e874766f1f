using System.Text;
using CodeEmbed.Jsonl;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>Writes output with the writer under test.</summary>
internal static class Writing
{
    /// <summary>Writes embeddings to a file and returns its path.</summary>
    public static async Task<string> FileAsync(TemporaryFolder folder, params CodeEmbedding[] embeddings)
    {
        string target = folder.File("out.jsonl");
        await using var writer = new JsonlEmbeddingWriter(target);
        await writer.WriteAsync(embeddings, TestContext.Current.CancellationToken);
        await writer.CompleteAsync(TestContext.Current.CancellationToken);
        return target;
    }

    /// <summary>Writes an embedding with an empty vector and returns the file's text, including the line end.</summary>
    public static async Task<string> LineAsync(TemporaryFolder folder, CodeSnippet snippet)
    {
        string target = await FileAsync(folder, Sample.Embedding(snippet));
        var strict = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        return strict.GetString(await File.ReadAllBytesAsync(target, TestContext.Current.CancellationToken));
    }
}
