namespace CodeEmbed.PowerShell.Engine;

/// <summary>The use of an embedding service for a time; disposing it ends the use, not the service.</summary>
internal sealed class EmbeddingServiceLease : IDisposable
{
    private readonly SharedEmbeddingService _shared;
    private int _ended;

    /// <summary>Starts the use of a service.</summary>
    public EmbeddingServiceLease(SharedEmbeddingService shared)
    {
        _shared = shared;
        shared.AddUser();
    }

    /// <summary>The service.</summary>
    public IEmbeddingService Service => _shared.Service;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
            _shared.RemoveUser();
    }
}
