using CodeEmbed.Files;
using CodeEmbed.Jsonl;
using CodeEmbed.Pipeline;
using CodeEmbed.Runs;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>The files of an output: their owner, their permissions, and changes by other programs.</summary>
public sealed class OutputFilesTests : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("out.jsonl", true)]
    [InlineData("out.jsonl", false)]
    [InlineData("out.jsonl.gz", true)]
    [InlineData("out.jsonl.gz", false)]
    public async Task A_run_that_appends_and_one_that_replaces_exclude_each_other(string name, bool addsFirst)
    {
        string target = _folder.File(name);
        await WriteAsync(target, "1");
        await using var first = new JsonlEmbeddingWriter(target, new JsonlWriterOptions { Append = addsFirst });
        await first.WriteAsync([Embedding("2")], Token);

        Assert.Throws<IOException>(
            () => new JsonlEmbeddingWriter(target, new JsonlWriterOptions { Append = !addsFirst, Force = true }));

        await first.CompleteAsync(Token);
        await first.DisposeAsync();
        Assert.Equal(addsFirst ? ["1", "2"] : ["2"], (await Reading.AllAsync(target)).Select(snippet => snippet.Id));
    }

    [Fact]
    public async Task A_run_whose_partial_file_was_deleted_does_not_publish_the_file_of_another_run()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not delete an open file.");
        string target = _folder.File("out.jsonl");
        await using var first = new JsonlEmbeddingWriter(target);
        await first.WriteAsync([Embedding("1")], Token);
        File.Delete(target + ".partial");
        await using var second = new JsonlEmbeddingWriter(target);
        await second.WriteAsync([Embedding("2")], Token);

        await Assert.ThrowsAsync<IOException>(async () => await first.CompleteAsync(Token));

        Assert.Null(first.PartialFile);
        Assert.False(File.Exists(target));
        await second.CompleteAsync(Token);
        Assert.Equal(["2"], (await Reading.AllAsync(target)).Select(snippet => snippet.Id));
    }

    [Fact]
    public void A_link_to_a_file_that_does_not_exist_yet_is_resolved_to_that_file()
    {
        Links.Require();
        string target = _folder.File("out.jsonl"), link = _folder.File("link.jsonl"), farther = _folder.File("farther.jsonl");
        File.CreateSymbolicLink(link, "out.jsonl");
        File.CreateSymbolicLink(farther, "link.jsonl");

        Assert.NotNull(FileIdentity.Of(target));
        Assert.Equal(FileIdentity.Of(target), FileIdentity.Of(link));
        Assert.Equal(FileIdentity.Of(target), FileIdentity.Of(farther));
        Assert.Null(FileStatus.Of(link));
        Assert.Equal(FileKind.Link, FileStatus.Of(link, followLinks: false)?.Kind);
    }

    [Fact]
    public void Circular_links_are_an_error()
    {
        Links.Require();
        File.CreateSymbolicLink(_folder.File("a"), "b");
        File.CreateSymbolicLink(_folder.File("b"), "a");

        Assert.Throws<IOException>(() => FileIdentity.Of(_folder.File("a")));
    }

    [Fact]
    public async Task Appending_to_a_file_that_was_deleted_is_an_error()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not delete an open file.");
        string target = _folder.File("out.jsonl");
        await WriteAsync(target, "1");
        await using var writer = new JsonlEmbeddingWriter(target, new JsonlWriterOptions { Append = true });
        await writer.WriteAsync([Embedding("2")], Token);
        File.Delete(target);

        await Assert.ThrowsAsync<IOException>(async () => await writer.CompleteAsync(Token));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task A_file_that_was_created_meanwhile_is_not_replaced(bool append, bool noClobber)
    {
        string target = _folder.File("out.jsonl");
        await using var writer = new JsonlEmbeddingWriter(
            target, new JsonlWriterOptions { Append = append, NoClobber = noClobber });
        await writer.WriteAsync([Embedding("1")], Token);
        await File.WriteAllTextAsync(target, "of another program", Token);

        await Assert.ThrowsAsync<OutputException>(async () => await writer.CompleteAsync(Token));

        Assert.Equal("of another program", await File.ReadAllTextAsync(target, Token));
        Assert.Equal(target + ".partial", writer.PartialFile);
    }

    [Theory]
    [InlineData("out.jsonl")]
    [InlineData("out.jsonl.gz")]
    public async Task Files_next_to_a_private_target_are_private_and_so_is_the_new_target(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no Unix file modes.");
        if (OperatingSystem.IsWindows())
            return;

        string target = _folder.File(name);
        await File.WriteAllTextAsync(target, "before", Token);
        File.SetUnixFileMode(target, Private);
        await using var writer = new JsonlEmbeddingWriter(target);
        await writer.WriteAsync([Embedding("1")], Token);

        Assert.Equal(Private, File.GetUnixFileMode(target + ".partial"));
        Assert.Equal(Private, File.GetUnixFileMode(target + ".partial.json"));
        await writer.CompleteAsync(Token);
        Assert.Equal(Private, File.GetUnixFileMode(target));
    }

    [Fact]
    public async Task A_run_that_wrote_nothing_leaves_no_files()
    {
        await using (new JsonlEmbeddingWriter(_folder.File("out.jsonl")))
        {
        }

        using (new JsonlRejectWriter(_folder.File("rejects.jsonl")))
        {
        }

        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task A_link_instead_of_the_partial_file_is_refused_and_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Creating a link requires a privilege on Windows.");
        await File.WriteAllTextAsync(_folder.File("mine"), "mine", Token);
        File.CreateSymbolicLink(_folder.File("out.jsonl.partial"), _folder.File("mine"));
        File.CreateSymbolicLink(_folder.File("new.jsonl.partial.json.new"), _folder.File("mine"));

        Assert.Throws<IOException>(
            () => new JsonlEmbeddingWriter(_folder.File("out.jsonl"), new JsonlWriterOptions { Force = true }));
        await WriteAsync(_folder.File("new.jsonl"), "1");

        Assert.Equal("mine", await File.ReadAllTextAsync(_folder.File("mine"), Token));
    }

    [Fact]
    public void The_name_of_a_folder_is_not_a_target_even_if_the_folder_does_not_exist()
    {
        IOException error = Assert.Throws<IOException>(
            () => new JsonlEmbeddingWriter(_folder.File("new") + "/", new JsonlWriterOptions { Force = true }));

        Assert.Contains("is a folder", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("/dev/stdout")]
    [InlineData("/dev/fd/1")]
    [InlineData("/proc/self/fd/1")]
    [InlineData("/dev/null")]
    public void A_device_is_not_a_target(string target)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such paths.");
        IOException error = Assert.Throws<IOException>(() => new JsonlEmbeddingWriter(target));
        Assert.Contains("Name a regular file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rejected_records_may_be_written_to_the_null_device()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such paths.");
        using var rejects = new JsonlRejectWriter("/dev/null");
        rejects.Write(Rejected("1"));
        rejects.Complete();
    }

    [Fact]
    public void Snippets_that_are_rejected_late_are_placed_in_input_order()
    {
        string path = _folder.File("rejects.jsonl");
        using (var file = new JsonlRejectWriter(path))
        {
            var rejects = new OrderedRejects(file);
            file.Write(Rejected("a"));
            rejects.Expect();
            file.Write(Rejected("c"));
            rejects.Expect();
            rejects.Expect();
            file.Write(Rejected("f"));
            rejects.Expect();
            rejects.Settle(new EmbeddedBatch(1, [new(Rejected("b")), new(Embedding("d"))], TimeSpan.Zero));
            file.Write(Rejected("h"));
            rejects.Settle(new EmbeddedBatch(2, [new(Rejected("e")), new(Rejected("g"))], TimeSpan.Zero));
            file.Complete();
        }

        Assert.Equal(["a", "b", "c", "e", "f", "g", "h"], Staged.InputFiles.Column(path, "id").Select(id => id.GetString()!));
    }

    private static RejectedRecord Rejected(string id) =>
        new(new EmbeddingException("of a test.", id), new SnippetSource("in.jsonl", 1), id, default);

    private static CodeEmbedding Embedding(string id) => Sample.Embedding(Sample.Snippet(id));

    private static async Task WriteAsync(string target, string id)
    {
        await using var writer = new JsonlEmbeddingWriter(target);
        await writer.WriteAsync([Embedding(id)], Token);
        await writer.CompleteAsync(Token);
    }
}
