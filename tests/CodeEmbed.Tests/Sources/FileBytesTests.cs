using System.Diagnostics;
using CodeEmbed.Sources.Files;
using Xunit;

namespace CodeEmbed.Tests.Sources;

/// <summary>Files that change while they are read.</summary>
public sealed class FileBytesTests : IDisposable
{
    private const int Length = 1 << 20;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_that_changes_each_time_is_reported_and_one_that_does_not_is_read_completely()
    {
        string path = _folder.File("log.txt");
        await File.WriteAllBytesAsync(path, new byte[Length], TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        Task writing = Task.Run(() => WriteUntil(path, stop.Token), TestContext.Current.CancellationToken);

        // On a busy machine, a read may happen while the writer does not run, and find the file unchanged.
        FileBytes read;
        long began = Stopwatch.GetTimestamp();
        do
        {
            read = FileBytes.Read(path, Length);
        }
        while (!read.HasChanged && Stopwatch.GetElapsedTime(began) < TimeSpan.FromMinutes(2));

        await stop.CancelAsync();
        await writing;
        Assert.True(read.HasChanged);
        Assert.Equal(Length, read.Bytes!.Length);
        Assert.Equal(
            await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken), FileBytes.Read(path, Length).Bytes);
        Assert.False(FileBytes.Read(path, Length).HasChanged);
    }

    private static void WriteUntil(string path, CancellationToken stop)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        for (int i = 0; !stop.IsCancellationRequested; i++)
        {
            file.Position = i % Length;
            file.WriteByte((byte)i);
        }
    }
}
