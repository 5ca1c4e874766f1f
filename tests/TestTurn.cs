namespace CodeEmbed;

/// <summary>
/// The test programs of a checkout run one after the other, although <c>dotnet test</c> starts them at once: each of them uses
/// all cores, and tests of how quickly something stops need a core. The turn is an open file, so it ends with its process,
/// however that ends.
/// </summary>
internal sealed class TestTurn : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly FileStream _file;

    private TestTurn(FileStream file) => _file = file;

    /// <summary>Waits until no other test program of this checkout runs.</summary>
    public static async Task<TestTurn> TakeAsync(string root, CancellationToken cancellationToken = default)
    {
        string path = Path.Combine(Directory.CreateDirectory(Path.Combine(root, "out")).FullName, "tests.lock");
        while (true)
        {
            try
            {
                return new TestTurn(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException) when (File.Exists(path))
            {
                // Another program has the turn.
                await Task.Delay(Pause, cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
