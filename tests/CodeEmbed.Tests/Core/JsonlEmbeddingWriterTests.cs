using System.Collections;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using CodeEmbed.Jsonl;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>The output file: when it appears, and the partial file that holds the output until then.</summary>
public sealed class JsonlEmbeddingWriterTests : IDisposable
{
    private const string Before = "what was there before\n";

    private readonly TemporaryFolder _folder = new();

    private string Target => _folder.File("out.jsonl");

    private string Partial => _folder.File("out.jsonl.partial");

    private static JsonlWriterOptions Anew { get; } = new() { Force = true };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_output_is_UTF8_without_mark_with_one_line_for_each_embedding_in_order()
    {
        await Writing.FileAsync(_folder, [.. Sample.Snippets(3).Select(snippet => Sample.Embedding(snippet))]);

        byte[] bytes = await File.ReadAllBytesAsync(Target, Token);
        string[] lines = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes).Split('\n');
        Assert.Equal((byte)'{', bytes[0]);
        Assert.DoesNotContain((byte)'\r', bytes);
        Assert.Equal(["1", "2", "3"], lines[..^1].Select(IdOf));
        Assert.Equal("", lines[^1]);
    }

    [Fact]
    public void Opening_a_compressed_file_for_appending_can_be_cancelled()
    {
        using (var compressed = new GZipStream(File.Create(Target + ".gz"), CompressionLevel.Fastest))
            compressed.Write("{}\n"u8);

        Assert.ThrowsAny<OperationCanceledException>(
            () =>
                new JsonlEmbeddingWriter(
                    Target + ".gz", new JsonlWriterOptions { Append = true }, new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task The_output_is_valid_input()
    {
        await Writing.FileAsync(_folder, [.. Sample.Snippets(3).Select(snippet => Sample.Embedding(snippet, 1.5f, -0f))]);

        List<CodeSnippet> again = await Reading.AllAsync(Target);

        Assert.Equal(["1|a.py|python|x = 1", "2|a.py|python|x = 1", "3|a.py|python|x = 1"],
            again.Select(snippet => $"{snippet.Id}|{snippet.FilePath}|{snippet.Language}|{snippet.Content}"));
    }

    [Fact]
    public async Task Without_embeddings_the_output_is_an_empty_file()
    {
        await Writing.FileAsync(_folder);

        Assert.Empty(await File.ReadAllBytesAsync(Target, Token));
    }

    [Fact]
    public async Task The_target_is_unchanged_until_the_output_is_complete()
    {
        await File.WriteAllTextAsync(Target, Before, Token);
        await using var writer = new JsonlEmbeddingWriter(Target);
        await writer.WriteAsync([Sample.Embedding(Sample.Snippet("1"))], Token);

        Assert.Equal(Before, await File.ReadAllTextAsync(Target, Token));
    }

    [Fact]
    public async Task A_new_target_does_not_exist_until_the_output_is_complete()
    {
        await using var writer = new JsonlEmbeddingWriter(Target);
        await writer.WriteAsync([Sample.Embedding(Sample.Snippet("1"))], Token);

        Assert.False(File.Exists(Target));
    }

    [Fact]
    public async Task Completing_replaces_the_target_with_the_output()
    {
        await File.WriteAllTextAsync(Target, Before, Token);

        await Writing.FileAsync(_folder, Sample.Embedding(Sample.Snippet("1")));

        Assert.Equal("1", IdOf(Assert.Single(await File.ReadAllLinesAsync(Target, Token))));
        Assert.Equal([Target], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task Written_embeddings_are_in_the_partial_file_at_once_as_whole_lines()
    {
        var lengths = new List<long>();
        await using (var writer = new JsonlEmbeddingWriter(Target))
        {
            for (int i = 0; i < 3; i++)
            {
                await writer.WriteAsync([Sample.Embedding(Sample.Snippet("1")), Sample.Embedding(Sample.Snippet("2"))], Token);
                lengths.Add(new FileInfo(Partial).Length);
            }
        }

        byte[] bytes = await File.ReadAllBytesAsync(Partial, Token);
        Assert.All(lengths, length => Assert.Equal((byte)'\n', bytes[length - 1]));
        Assert.Equal([2, 4, 6], lengths.Select(length => bytes.Take((int)length).Count(value => value == (byte)'\n')));
    }

    [Fact]
    public async Task Without_completing_the_partial_file_stays_and_the_target_is_unchanged()
    {
        await File.WriteAllTextAsync(Target, Before, Token);
        await using (var writer = new JsonlEmbeddingWriter(Target))
        {
            Assert.Null(writer.PartialFile);
            await writer.WriteAsync([.. Sample.Snippets(2).Select(snippet => Sample.Embedding(snippet))], Token);
            Assert.Equal(Partial, writer.PartialFile);
        }

        Assert.Equal(["1", "2"], (await Reading.AllAsync(Partial)).Select(snippet => snippet.Id));
        Assert.Equal(Before, await File.ReadAllTextAsync(Target, Token));
    }

    [Fact]
    public async Task By_default_a_partial_file_of_an_earlier_run_is_an_error_and_stays()
    {
        await File.WriteAllTextAsync(Partial, Before, Token);

        var error = Assert.Throws<OutputException>(() => new JsonlEmbeddingWriter(Target));

        Assert.Equal(OutputProblem.Unfinished, error.Problem);
        Assert.Contains($"'{Partial}'", error.Message, StringComparison.Ordinal);
        Assert.Equal(Before, await File.ReadAllTextAsync(Partial, Token));
    }

    [Fact]
    public async Task A_partial_file_of_an_earlier_run_is_dropped_with_Force()
    {
        await File.WriteAllTextAsync(Partial, new string('x', 10_000), Token);

        await using (var writer = new JsonlEmbeddingWriter(Target, Anew))
        {
            await writer.WriteAsync([Sample.Embedding(Sample.Snippet("1"))], Token);
            await writer.CompleteAsync(Token);
        }

        Assert.Equal("1", IdOf(Assert.Single(await File.ReadAllLinesAsync(Target, Token))));
    }

    [Fact]
    public async Task Without_embeddings_a_partial_file_of_an_earlier_run_does_not_become_the_output()
    {
        await File.WriteAllTextAsync(Partial, Before, Token);

        await using (var writer = new JsonlEmbeddingWriter(Target, Anew))
            await writer.CompleteAsync(Token);

        Assert.Empty(await File.ReadAllBytesAsync(Target, Token));
    }

    [Fact]
    public async Task A_partial_file_of_an_earlier_run_is_kept_until_there_is_something_to_write()
    {
        await File.WriteAllTextAsync(Partial, Before, Token);

        await using (new JsonlEmbeddingWriter(Target, Anew))
        {
        }

        Assert.Equal(Before, await File.ReadAllTextAsync(Partial, Token));
    }

    [Fact]
    public async Task Two_runs_cannot_write_to_one_target()
    {
        await using var first = new JsonlEmbeddingWriter(Target);

        Assert.Throws<IOException>(() => new JsonlEmbeddingWriter(Target));
    }

    [Fact]
    public async Task An_embedding_that_cannot_be_written_leaves_no_partial_line()
    {
        var metadata = new Hashtable { ["bad"] = new object() };
        var bad = new CodeSnippet { Id = "2", FilePath = "", Language = "", Content = "", Metadata = metadata };
        await using (var writer = new JsonlEmbeddingWriter(Target))
        {
            await Assert.ThrowsAsync<SnippetValidationException>(
                async () => await writer.WriteAsync([Sample.Embedding(Sample.Snippet("1")), Sample.Embedding(bad)], Token));
            await writer.WriteAsync([Sample.Embedding(Sample.Snippet("3"))], Token);
        }

        Assert.Equal(["1", "3"], (await Reading.AllAsync(Partial)).Select(snippet => snippet.Id));
    }

    [Fact]
    public async Task A_link_stays_a_link_and_its_target_is_written()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Creating a link requires a privilege on Windows.");
        string real = _folder.File("real.jsonl");
        await File.WriteAllTextAsync(real, Before, Token);
        File.CreateSymbolicLink(Target, real);

        await Writing.FileAsync(_folder, Sample.Embedding(Sample.Snippet("1")));

        Assert.Equal(real, new FileInfo(Target).LinkTarget);
        Assert.Equal("1", IdOf(Assert.Single(await File.ReadAllLinesAsync(real, Token))));
    }

    [Fact]
    public void A_target_that_is_read_only_is_named()
    {
        File.WriteAllText(Target, Before);
        File.SetAttributes(Target, FileAttributes.ReadOnly);
        try
        {
            var error = Assert.Throws<UnauthorizedAccessException>(() => new JsonlEmbeddingWriter(Target));

            Assert.Contains(Target, error.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.SetAttributes(Target, FileAttributes.Normal);
        }
    }

    [Fact]
    public void A_device_is_not_replaced_by_a_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Devices are files on Unix.");

        IOException error = Assert.Throws<IOException>(() => new JsonlEmbeddingWriter("/dev/null"));

        Assert.StartsWith("'/dev/null' is a device", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_permissions_of_the_target_are_kept()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix permissions.");
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await File.WriteAllTextAsync(Target, Before, Token);
        SetMode(Target, Mode);

        await Writing.FileAsync(_folder, Sample.Embedding(Sample.Snippet("1")));

        Assert.Equal(Mode, ModeOf(Target));
    }

    [Fact]
    public async Task A_cancelled_write_writes_nothing()
    {
        await using var writer = new JsonlEmbeddingWriter(Target);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await writer.WriteAsync([Sample.Embedding(Sample.Snippet("1"))], new CancellationToken(canceled: true)));

        Assert.Equal(0, new FileInfo(Partial).Length);
    }

    [Fact]
    public async Task Cancelling_the_completion_leaves_the_target_unchanged()
    {
        await File.WriteAllTextAsync(Target, Before, Token);
        await using var writer = new JsonlEmbeddingWriter(Target);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await writer.CompleteAsync(new CancellationToken(canceled: true)));

        Assert.Equal(Before, await File.ReadAllTextAsync(Target, Token));
    }

    [Fact]
    public async Task Disposing_after_completing_keeps_the_output()
    {
        var writer = new JsonlEmbeddingWriter(Target);
        await writer.WriteAsync([Sample.Embedding(Sample.Snippet("1"))], Token);
        await writer.CompleteAsync(Token);

        await writer.DisposeAsync();

        Assert.Single(await File.ReadAllLinesAsync(Target, Token));
    }

    [Fact]
    public void A_target_that_is_a_folder_is_named()
    {
        Directory.CreateDirectory(Target);

        var error = Assert.Throws<IOException>(() => new JsonlEmbeddingWriter(Target));

        Assert.Contains(Target, error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Partial));
    }

    [Fact]
    public void A_target_in_a_missing_folder_is_named()
    {
        string target = Path.Combine(_folder.File("missing"), "out.jsonl");

        var error = Assert.Throws<DirectoryNotFoundException>(() => new JsonlEmbeddingWriter(target));

        Assert.Contains(target, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_vector_of_many_numbers_is_written_completely()
    {
        float[] vector = [.. Enumerable.Range(0, 100_000).Select(i => -i / 7f)];

        await Writing.FileAsync(_folder, Sample.Embedding(Sample.Snippet("1"), vector));

        using var line = JsonDocument.Parse(await File.ReadAllBytesAsync(Target, Token));
        Assert.Equal(vector, line.RootElement.GetProperty("vector").EnumerateArray().Select(number => number.GetSingle()));
    }

    private static string IdOf(string line)
    {
        using var record = JsonDocument.Parse(line);
        return record.RootElement.GetProperty("id").GetString()!;
    }

    private static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, mode);
    }

    private static UnixFileMode ModeOf(string path) =>
        OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(path);
}
