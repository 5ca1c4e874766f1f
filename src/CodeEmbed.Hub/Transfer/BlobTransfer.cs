using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using CodeEmbed.Hub.Cache;
using CodeEmbed.Hub.Errors;

namespace CodeEmbed.Hub.Transfer;

/// <summary>Fetches a file from the Hub, and continues after an interruption.</summary>
/// <param name="connection">The connection.</param>
/// <param name="limits">How often to try again.</param>
/// <param name="progress">Receives how much was fetched.</param>
internal sealed class BlobTransfer(HubConnection connection, TransferLimits limits, TransferProgress progress)
{
    private const int BufferLength = 128 * 1024;

    /// <summary>Fetches a file, and checks it against the size and the hash in the Hub's listing.</summary>
    /// <param name="file">The file.</param>
    /// <param name="commit">The commit that it belongs to.</param>
    /// <param name="address">
    ///   Its address on the Hub. Each request starts there, because the address it redirects to expires.
    /// </param>
    /// <param name="incomplete">
    ///   Where to put it; an existing part is kept, and removed only if the hash shows that it is wrong.
    /// </param>
    /// <param name="cancellationToken">Stops the transfer; the fetched part is kept for the next try.</param>
    public async Task RunAsync(HubFile file, string commit, Uri address, string incomplete, CancellationToken cancellationToken)
    {
        // The part from an earlier try may be wrong, so the file is fetched once more from the start.
        for (bool isLast = false; ; isLast = true)
        {
            try
            {
                await ReceiveAsync(file, commit, address, incomplete, cancellationToken).ConfigureAwait(false);
                string hash = await ContentHash.ComputeAsync(incomplete, file.IsLarge, cancellationToken).ConfigureAwait(false);
                if (hash == file.Hash)
                    return;

                throw new WrongContentException($"has the hash {hash}, and the Hub names {file.Hash}");
            }
            catch (WrongContentException e)
            {
                File.Delete(incomplete);
                if (isLast)
                {
                    throw new HubAnswerException(
                        $"the file {file.Path} was fetched twice and {e.Message}. It was not kept. Try again later; if that does "
                        + "not help, a proxy may be changing it.", e);
                }
            }
        }
    }

    private async Task ReceiveAsync(
        HubFile file, string commit, Uri address, string incomplete, CancellationToken cancellationToken)
    {
        using FileStream output = CacheFile.OpenWrite(incomplete);
        if (output.Length > file.Size)
            output.SetLength(0);

        progress.Start(file, output.Length);
        var retry = new TransferRetry(limits, connection);
        while (output.Length < file.Size)
        {
            long before = output.Length;
            try
            {
                await ReceiveRestAsync(file, commit, address, output, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (retry.IsTransient(e))
            {
                if (output.Length > before)
                    retry.Progressed();

                await retry.PauseAsync(e, cancellationToken).ConfigureAwait(false);
            }
        }

        output.Flush(flushToDisk: true);
    }

    /// <summary>Requests the missing part once.</summary>
    private async Task ReceiveRestAsync(
        HubFile file, string commit, Uri address, FileStream output, CancellationToken cancellationToken)
    {
        using HubResponse response = await RequestAsync(file, address, output, cancellationToken).ConfigureAwait(false);
        CheckLinked(file, commit, response.Linked);
        PrepareOutput(file, response.Message, output);
        if (response.Message.Content.Headers.ContentLength is { } length && length != file.Size - output.Length)
            throw new WrongContentException($"would have {output.Length + length} bytes, and the Hub's listing says {file.Size}");

        output.Position = output.Length;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            int count;
            while ((count = await response.ReadAsync(buffer).ConfigureAwait(false)) > 0)
            {
                if (output.Length + count > file.Size)
                    throw new WrongContentException($"has more than the {file.Size} bytes that the Hub's listing says");

                // Without the cancellation token: the fetched part must be kept if the user stops.
                await output.WriteAsync(buffer.AsMemory(0, count), CancellationToken.None).ConfigureAwait(false);
                progress.Advance(output.Length);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (output.Length < file.Size)
            throw new TransferCutException("the connection ended early");
    }

    private async Task<HubResponse> RequestAsync(
        HubFile file, Uri address, FileStream output, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.GetAsync(address, output.Length, cancellationToken).ConfigureAwait(false);
        }
        catch (HubStatusException e) when (e.Status == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            output.SetLength(0);
            throw new TransferCutException($"the server has no more of {file.Path}", e);
        }
        catch (HubStatusException e) when (e is { ErrorCode: null, Status: HttpStatusCode.NotFound or HttpStatusCode.Gone })
        {
            throw new HubAnswerException(
                $"the endpoint lists the file {file.Path} but does not send it ({e.Message}). Check the endpoint (HF_ENDPOINT), "
                + "or try again later.", e);
        }
    }

    /// <summary>Ensures that the answer continues the existing part.</summary>
    private static void PrepareOutput(HubFile file, HttpResponseMessage message, FileStream output)
    {
        if (message.StatusCode != HttpStatusCode.PartialContent)
        {
            // A server without ranges sends everything.
            output.SetLength(0);
            return;
        }

        ContentRangeHeaderValue? range = message.Content.Headers.ContentRange;
        if (range?.Length is { } length && length != file.Size)
            throw new WrongContentException($"has {length} bytes, and the Hub's listing says {file.Size}");

        if (range?.From != output.Length)
        {
            output.SetLength(0);
            throw new TransferCutException($"the server sent another part of {file.Path} than was asked for");
        }
    }

    private static void CheckLinked(HubFile file, string commit, LinkedFile linked)
    {
        string? problem = linked.Hash is { } hash && new HubFile(file.Path, file.Size, hash).HasHash
            && hash != file.Hash ? $"the hash {hash}, and its listing {file.Hash}"
            : linked.Size is { } size && size != file.Size ? $"{size} bytes, and its listing {file.Size}"
            : linked.Commit is { } other && other != commit ? $"the commit {other}, and {commit} was asked for"
            : null;
        if (problem is not null)
            throw new HubAnswerException($"the Hub contradicts itself: for the file {file.Path} it names {problem}. None of "
                + "it was kept. Try again later.");
    }
}

/// <summary>A file differs from the Hub's listing.</summary>
/// <param name="message">What differs, as a sentence.</param>
internal sealed class WrongContentException(string message) : Exception(message);
