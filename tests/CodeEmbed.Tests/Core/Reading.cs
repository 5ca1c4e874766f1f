using CodeEmbed.Jsonl;
using CodeEmbed.Zstandard;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>Reads input with the reader under test.</summary>
internal static class Reading
{
    /// <summary>The reader under test.</summary>
    public static JsonlSnippetReader Reader(string path, PropertyMap? map = null) =>
        new(path) { Map = map, Zstandard = new ZstandardCodec() };

    /// <summary>Reads all records before an error, and returns the error if there is one.</summary>
    public static async Task<(List<Outcome<CodeSnippet>> Records, InvalidInputException? Error)> UpToErrorAsync(
        string path, PropertyMap? map = null)
    {
        var records = new List<Outcome<CodeSnippet>>();
        try
        {
            await foreach (
                Outcome<CodeSnippet> record in Reader(path, map).ReadAsync(TestContext.Current.CancellationToken))
                records.Add(record);
        }
        catch (InvalidInputException e)
        {
            return (records, e);
        }

        return (records, null);
    }

    /// <summary>Reads a file to the end.</summary>
    public static async Task<List<CodeSnippet>> AllAsync(string path)
    {
        var snippets = new List<CodeSnippet>();
        await foreach (
            CodeSnippet snippet in Reader(path).ReadAsync(TestContext.Current.CancellationToken).ValuesAsync())
            snippets.Add(snippet);

        return snippets;
    }

    /// <summary>Writes these bytes to a file and reads it to the end.</summary>
    public static async Task<List<CodeSnippet>> BytesAsync(
        TemporaryFolder folder, ReadOnlyMemory<byte> bytes, string name = "in.jsonl")
    {
        string path = folder.File(name);
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
        return await AllAsync(path);
    }

    /// <summary>Writes one line to a file and reads it.</summary>
    public static async Task<CodeSnippet> LineAsync(TemporaryFolder folder, string line) =>
        Assert.Single(await AllAsync(folder.WriteLines("in.jsonl", line)));
}
