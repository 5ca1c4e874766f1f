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

/// <summary>An embedding service with a count of its users; it is freed when the last one is gone.</summary>
/// <param name="service">The service.</param>
internal sealed class SharedEmbeddingService(IEmbeddingService service)
{
    private int _users;

    /// <summary>The service.</summary>
    public IEmbeddingService Service => service;

    /// <summary>Counts a user.</summary>
    public void AddUser() => Interlocked.Increment(ref _users);

    /// <summary>Ends the use by one user.</summary>
    public void RemoveUser()
    {
        if (Interlocked.Decrement(ref _users) == 0)
            service.Dispose();
    }
}
