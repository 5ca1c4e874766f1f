namespace CodeEmbed.Hub.Transfer;

/// <summary>Reads the Hub's own headers.</summary>
internal static class HubHeaders
{
    private const int LongestShown = 300;

    /// <summary>The first value of a header, cut where it is long; <see langword="null"/> where it is not there.</summary>
    public static string? Find(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) && values.FirstOrDefault() is { } value
            ? value[..Math.Min(value.Length, LongestShown)]
            : null;

    /// <summary>An entity tag without its quotes, and without the mark of a weak one.</summary>
    public static string Unquote(string etag) => (etag.StartsWith("W/", StringComparison.Ordinal) ? etag[2..] : etag).Trim('"');
}
