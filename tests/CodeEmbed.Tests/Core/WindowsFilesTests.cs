using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;
using CodeEmbed.Files;
using CodeEmbed.Jsonl;
using CodeEmbed.Runs;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>Behavior specific to Windows: files in use, device names, long paths, access control lists.</summary>
public sealed class WindowsFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public WindowsFilesTests() => Assert.SkipUnless(OperatingSystem.IsWindows(), "This test is specific to Windows.");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("out.jsonl")]
    [InlineData("out.jsonl.gz")]
    public async Task A_target_that_another_program_reads_is_kept_and_the_run_can_be_resumed(string name)
    {
        string target = _folder.File(name);
        await WriteAsync(target, "before");
        byte[] before = await File.ReadAllBytesAsync(target, Token);
        File.SetAttributes(target, FileAttributes.ReadOnly);
        await using (var writer = new JsonlEmbeddingWriter(target, new JsonlWriterOptions { Force = true }))
        {
            await writer.WriteAsync([Embedding("1")], Token);
            using FileStream reader = new(target, FileMode.Open, FileAccess.Read, FileShare.Read);

            IOException error = await Assert.ThrowsAsync<IOException>(async () => await writer.CompleteAsync(Token));

            Assert.Contains("-Resume", error.Message, StringComparison.Ordinal);
            Assert.Equal(target + ".partial", writer.PartialFile);
        }

        Assert.Equal(FileAttributes.ReadOnly, File.GetAttributes(target) & FileAttributes.ReadOnly);
        File.SetAttributes(target, FileAttributes.Normal);
        Assert.Equal(before, await File.ReadAllBytesAsync(target, Token));
        Assert.Equal(
            [target, target + ".partial", target + ".partial.json"],
            Directory.GetFiles(_folder.Path, "out*").Order(StringComparer.Ordinal));
        await using (var writer = new JsonlEmbeddingWriter(target, new JsonlWriterOptions { Resume = true }))
        {
            await writer.WriteAsync([Embedding("1")], Token);
            await writer.CompleteAsync(Token);
        }

        Assert.Equal(["1"], (await Reading.AllAsync(target)).Select(snippet => snippet.Id));
    }

    [Theory]
    [InlineData("NUL")]
    [InlineData("nul")]
    [InlineData("CON")]
    [InlineData("COM1")]
    [InlineData(@"\\.\NUL")]
    [InlineData(@"\\.\C:")]
    [InlineData(@"\\.\pipe\codeembed-tests")]
    public void A_device_or_a_pipe_is_not_a_target(string target)
    {
        var options = new JsonlWriterOptions { Force = true };
        IOException error = Assert.Throws<IOException>(() => new JsonlEmbeddingWriter(target, options));

        Assert.Contains("Name a regular file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_inside_a_file_is_not_a_target()
    {
        IOException error = Assert.Throws<IOException>(() => new JsonlEmbeddingWriter(_folder.File("out.jsonl:stream")));

        Assert.Contains("Name a file", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Rejected_records_may_be_written_to_the_null_device()
    {
        using var rejects = new JsonlRejectWriter("NUL");
        rejects.Write(
            new RejectedRecord(new EmbeddingException("of a test.", "1"), new SnippetSource("in.jsonl", 1), "1", default));
        rejects.Complete();
    }

    [Fact]
    public async Task A_path_may_be_longer_than_260_characters()
    {
        string target = Path.Combine([_folder.Path, .. Enumerable.Repeat(new string('d', 60), 5), "out.jsonl"]);
        await using (var writer = new JsonlEmbeddingWriter(target, new JsonlWriterOptions { Force = true }))
        {
            await writer.WriteAsync([Embedding("1")], Token);
            await writer.CompleteAsync(Token);
        }

        await using (var writer = new JsonlEmbeddingWriter(target, new JsonlWriterOptions { Append = true }))
        {
            await writer.WriteAsync([Embedding("2")], Token);
            await writer.CompleteAsync(Token);
        }

        Assert.Equal(["1", "2"], (await Reading.AllAsync(target)).Select(snippet => snippet.Id));
        Assert.Null(FileIdentity.Of(target)?.Name);
        Assert.NotEqual(UInt128.Zero, FileIdentity.Of(target)?.Number);
    }

    [Fact]
    public async Task A_file_is_recognized_however_its_path_is_spelled()
    {
        string target = _folder.File("Out.jsonl");
        await WriteAsync(target, "1");
        FileIdentity? identity = FileIdentity.Of(target);

        Assert.NotNull(identity);
        Assert.Equal(identity, FileIdentity.Of(target.ToUpperInvariant()));
        Assert.Equal(identity, FileIdentity.Of(target.Replace('\\', '/')));
        Assert.Equal(identity, FileIdentity.Of(@"\\?\" + target));
        Assert.Equal(identity, FileIdentity.Of(@"\\.\" + target));
        Assert.NotEqual(identity, FileIdentity.Of(target + ".partial"));
        Assert.Equal(FileIdentity.Of(target + ".partial"), FileIdentity.Of(target.ToLowerInvariant() + ".PARTIAL"));
    }

    [Theory]
    [InlineData("out.jsonl")]
    [InlineData("out.jsonl.gz")]
    [SupportedOSPlatform("windows")]
    public async Task The_access_list_of_the_target_is_kept_and_applied_to_the_files_next_to_it(string name)
    {
        string target = _folder.File(name);
        await WriteAsync(target, "before");
        var everyone = new SecurityIdentifier(WellKnownSidType.WorldSid, null);
        var me = WindowsIdentity.GetCurrent().User!;
        var security = new FileSecurity();
        security.SetAccessRuleProtection(isProtected: true, preserveInheritance: false);
        security.AddAccessRule(new FileSystemAccessRule(me, FileSystemRights.FullControl, AccessControlType.Allow));
        security.AddAccessRule(new FileSystemAccessRule(everyone, FileSystemRights.Read, AccessControlType.Allow));
        new FileInfo(target).SetAccessControl(security);
        string wanted = ListOf(target);
        await using var writer = new JsonlEmbeddingWriter(target);
        await writer.WriteAsync([Embedding("1")], Token);

        Assert.Equal(wanted, ListOf(target + ".partial"));
        await writer.CompleteAsync(Token);
        Assert.Equal(wanted, ListOf(target));
    }

    [SupportedOSPlatform("windows")]
    private static string ListOf(string path) =>
        new FileInfo(path).GetAccessControl(AccessControlSections.Access).GetSecurityDescriptorSddlForm(
            AccessControlSections.Access);

    private static CodeEmbedding Embedding(string id) => Sample.Embedding(Sample.Snippet(id), 1);

    private static async Task WriteAsync(string target, string id)
    {
        await using var writer = new JsonlEmbeddingWriter(target);
        await writer.WriteAsync([Embedding(id)], Token);
        await writer.CompleteAsync(Token);
    }
}
