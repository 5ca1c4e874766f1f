using CodeEmbed.Files;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>What the system says of a file, in the words of this library: the errors are .NET's own.</summary>
public sealed class FileErrorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("none.jsonl")]
    [InlineData("none/none.jsonl")]
    [InlineData("it's.jsonl")]
    public void A_missing_file_does_not_exist(string name)
    {
        string path = _folder.File(name);
        Exception error = Assert.ThrowsAny<IOException>(() => File.OpenRead(path));

        Assert.Equal(new FileError(FileErrorKind.Missing, "it does not exist."), FileError.OfReading(error, path));
        Assert.Equal(
            new FileError(FileErrorKind.Missing, $"'{path}' does not exist."), FileError.OfReading(error, _folder.File("a")));
        Assert.Equal(new FileError(FileErrorKind.Missing, $"'{path}' does not exist."), FileError.OfReading(error, string.Empty));
    }

    [Fact]
    public void A_file_that_may_not_be_used_is_named_only_if_it_is_another()
    {
        // .NET says this of a folder, too, also to an administrator.
        string path = _folder.Path;
        Exception error = Assert.Throws<UnauthorizedAccessException>(() => File.OpenRead(path));

        Assert.Equal(new FileError(FileErrorKind.Denied, "you may not read it."), FileError.OfReading(error, path));
        Assert.Equal(new FileError(FileErrorKind.Denied, "you may not write it."), FileError.OfWriting(error, path));
        Assert.Equal(
            new FileError(FileErrorKind.Denied, $"you may not write '{path}'."), FileError.OfWriting(error, _folder.File("a")));
    }

    [Fact]
    public void A_name_can_be_too_long_by_itself_or_with_an_ending()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows says that the syntax of the name is wrong.");
        string path = _folder.File(new string('a', 300)), partial = path + ".partial";

        Assert.Equal(
            new FileError(FileErrorKind.NameTooLong, "its name or its path is too long."),
            FileError.OfReading(Assert.Throws<PathTooLongException>(() => File.OpenRead(path)), path));
        Assert.Equal(
            new FileError(
                FileErrorKind.NameTooLong, "its name or its path is too long once '.partial' is added, for a file next to it."),
            FileError.OfWriting(Assert.Throws<PathTooLongException>(() => File.Create(partial)), path));
    }

    [Fact]
    public void A_full_disk_is_said_to_be_full()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has a device that is always full.");
        using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);

        Assert.Equal(
            new FileError(FileErrorKind.DiskFull, "the disk is full."),
            FileError.OfWriting(Assert.Throws<IOException>(() => full.Write([1])), _folder.File("out.jsonl")));
    }

    [Fact]
    public void A_library_can_say_that_the_disk_is_full()
    {
        IOException error = FileError.DiskFull("SQLite: database or disk is full");

        Assert.True(FileError.SaysDiskFull(error));
        Assert.Equal("the disk is full (SQLite: database or disk is full).", error.Message);
    }

    [Fact]
    public void What_the_library_itself_says_is_kept()
    {
        string path = _folder.File("out.jsonl");

        Assert.Equal(
            new FileError(FileErrorKind.Denied, "'x' is read-only."),
            FileError.OfWriting(Thrown(new UnauthorizedAccessException("'x' is read-only.")), path));
        Assert.Equal(
            new FileError(FileErrorKind.Other, "it is a folder."),
            FileError.OfReading(Thrown(new IOException("it is a folder.")), path));
    }

    private static Exception Thrown(Exception error)
    {
        Action work = () => throw error;
        return Assert.ThrowsAny<Exception>(work);
    }
}
