using System.Net;
using System.Net.Sockets;

namespace CodeEmbed.Tests.Postgres;

/// <summary>A proxy between a client and a server that cuts the connection on demand.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly int _server;
    private readonly Task _accepting;
    private int _connections;

    public CuttingProxy(int server)
    {
        _server = server;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The number of connections so far.</summary>
    public int Connections => _connections;

    /// <summary>
    ///   Decides whether the connection is cut before the server receives the data, from the number of the connection, starting
    ///   with 1, the number of bytes before, and the data that the client sends.
    /// </summary>
    public Func<int, long, ReadOnlyMemory<byte>, bool> CutsBefore { get; set; } = (_, _, _) => false;

    /// <summary>The same for a cut after the server has received the data and answers: the answer is not passed on.</summary>
    public Func<int, long, ReadOnlyMemory<byte>, bool> CutsAnswer { get; set; } = (_, _, _) => false;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var all = new List<Task>();
        try
        {
            while (true)
                all.Add(PassAsync(await _listener.AcceptSocketAsync(_stop.Token), ++_connections));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(all);
        }
    }

    private async Task PassAsync(Socket client, int number)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _server, _stop.Token);
                bool isMute = false;
                Task requests = CopyAsync(client, server, (before, bytes) =>
                {
                    isMute |= CutsAnswer(number, before, bytes);
                    return CutsBefore(number, before, bytes);
                });
                Task answers = CopyAsync(server, client, (_, _) => isMute);
                await Task.WhenAny(requests, answers);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // The connection ends below.
            }

            client.LingerState = server.LingerState = new LingerOption(enable: true, 0);
        }
    }

    private async Task CopyAsync(Socket from, Socket to, Func<long, ReadOnlyMemory<byte>, bool> cuts)
    {
        byte[] buffer = new byte[64 * 1024];
        long before = 0;
        try
        {
            while (await from.ReceiveAsync(buffer, _stop.Token) is > 0 and var read)
            {
                ReadOnlyMemory<byte> bytes = buffer.AsMemory(0, read);
                if (cuts(before, bytes))
                    return;

                before += read;
                await to.SendAsync(bytes, SocketFlags.None, _stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The other direction has ended.
        }
    }
}
