using System.Net;
using System.Text.Json;
using CodeEmbed.Hub.Cache;
using CodeEmbed.Hub.Errors;
using CodeEmbed.Hub.Names;

namespace CodeEmbed.Hub.Transfer;

/// <summary>Asks the Hub which commit a branch refers to, and which files a commit has.</summary>
/// <param name="connection">The connection.</param>
/// <param name="limits">How often to try again.</param>
internal sealed class HubApi(HubConnection connection, TransferLimits limits)
{
    private const int MaxAnswer = 64 * 1024 * 1024, MaxPages = 1000;

    /// <summary>The commit that a branch, tag or commit refers to now.</summary>
    public async Task<string> FindCommitAsync(HubModelId id, CancellationToken cancellationToken)
    {
        Uri address = Address($"api/models/{id.Repository}/revision/{Uri.EscapeDataString(id.Revision)}");
        (JsonDocument document, _) = await GetAsync(address, cancellationToken).ConfigureAwait(false);
        using (document)
        {
            return Text(document.RootElement, "sha") is { } sha && RevisionRule.IsCommit(sha) ? sha : throw NotTheHub();
        }
    }

    /// <summary>The files of a commit, by their paths.</summary>
    public async Task<IReadOnlyDictionary<string, HubFile>> ListAsync(
        HubModelId id, string commit, CancellationToken cancellationToken)
    {
        var files = new Dictionary<string, HubFile>();
        Uri? page = Address($"api/models/{id.Repository}/tree/{commit}?recursive=true");
        for (int pages = 0; page is not null; pages++)
        {
            if (pages == MaxPages)
                throw new HubAnswerException($"its listing has more than {MaxPages} pages. Give another model.");

            (JsonDocument document, page) = await GetPageAsync(page, cancellationToken).ConfigureAwait(false);
            using (document)
            {
                if (document.RootElement.ValueKind != JsonValueKind.Array)
                    throw NotTheHub();

                foreach (JsonElement entry in document.RootElement.EnumerateArray())
                {
                    if (Text(entry, "type") == "file")
                        Add(files, entry);
                }
            }
        }

        return files;
    }

    /// <summary>The address of a file.</summary>
    public Uri FileAddress(HubModelId id, string commit, string path) =>
        Address($"{id.Repository}/resolve/{commit}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}");

    private Uri Address(string path) => new($"{connection.Endpoint.AbsoluteUri.TrimEnd('/')}/{path}");

    private void Add(Dictionary<string, HubFile> files, JsonElement entry)
    {
        // A large file's own entry describes the pointer that Git has instead of it.
        JsonElement content = entry.TryGetProperty("lfs", out JsonElement lfs) && lfs.ValueKind == JsonValueKind.Object
            ? lfs
            : entry;
        if (Text(entry, "path") is { } path && Text(content, "oid") is { } hash
            && content.TryGetProperty("size", out JsonElement size) && size.ValueKind == JsonValueKind.Number
                && size.TryGetInt64(out long length) && length >= 0)
        {
            files[path] = new HubFile(path, length, hash) { GitHash = Text(entry, "oid"), XetHash = Text(entry, "xetHash") };
        }
    }

    private async Task<(JsonDocument Document, Uri? Next)> GetPageAsync(Uri page, CancellationToken cancellationToken)
    {
        try
        {
            return await GetAsync(page, cancellationToken).ConfigureAwait(false);
        }
        catch (HubStatusException e) when (
            e.ErrorCode is null
                && e.Status is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented)
        {
            // The Hub itself reports missing items with a code.
            throw new HubAnswerException(
                $"the endpoint gives no listing of the model's files ({e.Message}). A mirror or proxy that has only a part of "
                + "the Hub's API cannot be used; "
                + "check the endpoint (HF_ENDPOINT), and the name.", e);
        }
    }

    private Task<(JsonDocument Document, Uri? Next)> GetAsync(Uri address, CancellationToken cancellationToken) =>
        new TransferRetry(limits, connection).RunAsync(async () =>
        {
            using HubResponse response = await connection.GetAsync(address, from: 0, cancellationToken).ConfigureAwait(false);
            using var content = new MemoryStream();
            var buffer = new byte[64 * 1024];
            int count;
            while ((count = await response.ReadAsync(buffer).ConfigureAwait(false)) > 0)
            {
                content.Write(buffer, 0, count);
                if (content.Length > MaxAnswer)
                    throw NotTheHub();
            }

            try
            {
                return (
                    JsonDocument.Parse(content.GetBuffer().AsMemory(0, (int)content.Length).ToArray()),
                    FindNext(address, response.Message));
            }
            catch (JsonException e)
            {
                throw NotTheHub(e);
            }
        }, cancellationToken);

    /// <summary>The page after this one: <c>Link: &lt;address&gt;; rel="next"</c>.</summary>
    private Uri? FindNext(Uri address, HttpResponseMessage response)
    {
        if (!response.Headers.TryGetValues("Link", out IEnumerable<string>? links))
            return null;

        string? next = links.SelectMany(link => link.Split(',')).FirstOrDefault(
            link => link.Contains("rel=\"next\"", StringComparison.Ordinal));
        if (next is null)
            return null;

        int start = next.IndexOf('<', StringComparison.Ordinal), end = next.IndexOf('>', StringComparison.Ordinal);
        return start >= 0 && end > start && Uri.TryCreate(address, next[(start + 1)..end], out Uri? page)
            && HubConnection.IsSameHost(page, connection.Endpoint)
            ? page
            : throw NotTheHub();
    }

    // An element may be of any kind, and its text may not be Unicode.
    private string? Text(JsonElement element, string name)
    {
        try
        {
            return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value)
                && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
        }
        catch (InvalidOperationException e)
        {
            throw NotTheHub(e);
        }
    }

    private HubAnswerException NotTheHub(Exception? e = null) => new(
        $"the answer of {connection.Endpoint.Authority} is not one that the Hub sends. Check the endpoint (HF_ENDPOINT), and "
        + "whether a proxy or a login page is in between.", e);
}
