namespace CodeEmbed.PowerShell.Engine;

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
