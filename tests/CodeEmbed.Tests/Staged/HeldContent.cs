using System.Net;
using System.Text;

namespace CodeEmbed.Tests.Staged;

/// <summary>
///   A request body whose end is held back: until it is released, spaces keep the connection alive.
/// </summary>
internal sealed class HeldContent : HttpContent
{
    private static readonly byte[] Spaces = Encoding.ASCII.GetBytes(new string(' ', 1024));

    private readonly byte[] _body;
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HeldContent(string json)
    {
        _body = Encoding.UTF8.GetBytes(json);
        Headers.ContentType = new("application/json");
    }

    /// <summary>Completes when part of the body is sent, possibly only after the other side has started to read.</summary>
    public Task Begun => _begun.Task;

    /// <summary>Releases the rest.</summary>
    public void Release() => _released.TrySetResult();

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        do
        {
            await stream.WriteAsync(Spaces);
            await stream.FlushAsync();
            _begun.TrySetResult();
        }
        while (await Task.WhenAny(_released.Task, Task.Delay(TimeSpan.FromSeconds(0.5))) != _released.Task);

        await stream.WriteAsync(_body);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
