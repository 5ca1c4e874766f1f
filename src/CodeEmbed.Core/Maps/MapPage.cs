using System.Buffers;
using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using CodeEmbed.Jsonl.Output;

namespace CodeEmbed.Maps;

/// <summary>The page of a map. Its policy lets a browser run only the page's own scripts, and contact no other address.</summary>
/// <param name="points">The points.</param>
/// <param name="projection">Where they are.</param>
/// <param name="model">The name of the model.</param>
/// <param name="colorBy">What decides the colours at first.</param>
internal sealed class MapPage(
    IReadOnlyList<MapPoint> points, Projection projection, string model, EmbeddingMapColor colorBy)
{
    private const int BlockLength = 1 << 18;

    /// <summary>
    ///   Writes letters as they are and escapes characters that could end a script, begin a comment or open a tag: less than,
    ///   greater than, ampersand and quotes.
    /// </summary>
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    /// <summary>Writes the page.</summary>
    /// <param name="file">Where to.</param>
    /// <param name="cancellationToken">Stops the writing.</param>
    public async ValueTask WriteAsync(IOutputFile file, CancellationToken cancellationToken)
    {
        string style = Read("map.css"), library = ReadLibrary(), script = Read("map.js");

        // 'unsafe-eval', because regl in the library compiles its drawing commands as it runs, with the constructor Function.
        // It wrote what it compiles: of the data it gets only numbers.
        string policy = $"default-src 'none'; script-src {Hash(library)} {Hash(script)} 'unsafe-eval'; style-src {Hash(style)}; "
            + "img-src data: blob:; worker-src blob:; base-uri 'none'; form-action 'none'";
        string[] page = Read("map.html").Split("{{data}}");
        await file.WriteAsync(
            Encoding.UTF8.GetBytes(page[0].Replace("{{policy}}", policy).Replace("{{style}}", style))).ConfigureAwait(false);
        await WriteDataAsync(file, cancellationToken).ConfigureAwait(false);
        await file.WriteAsync(
            Encoding.UTF8.GetBytes(page[1].Replace("{{script}}", script).Replace("{{library}}", library))).ConfigureAwait(false);
    }

    private async ValueTask WriteDataAsync(IOutputFile file, CancellationToken cancellationToken)
    {
        MapGroups languages = MapGroups.ByLanguage(points), folders = MapGroups.ByFolder(points);
        (double[] x, double[] y) = Scale();
        var block = new ArrayBufferWriter<byte>(BlockLength);
        using var json = new Utf8JsonWriter(block, Json);
        json.WriteStartObject();
        json.WriteString("model", model);
        json.WriteNumber("dimensions", points[0].Vector.Length);
        json.WriteNumber("share", Math.Round(projection.Share, 4));
        json.WriteString("colorBy", colorBy == EmbeddingMapColor.Folder ? "folder" : "language");
        WriteGroups(json, "languages", languages);
        WriteGroups(json, "folders", folders);
        json.WriteStartArray("points");
        for (int i = 0; i < points.Count; i++)
        {
            MapPoint point = points[i];
            json.WriteStartArray();
            json.WriteNumberValue(x[i]);
            json.WriteNumberValue(y[i]);
            json.WriteNumberValue(languages.Of[i]);
            json.WriteNumberValue(folders.Of[i]);
            json.WriteStringValue(point.Name);
            json.WriteStringValue(point.Path);
            json.WriteStringValue(point.Lines);
            json.WriteStringValue(point.Code);
            json.WriteEndArray();
            if (json.BytesPending + block.WrittenCount < BlockLength)
                continue;

            json.Flush();
            cancellationToken.ThrowIfCancellationRequested();
            await file.WriteAsync(block.WrittenMemory).ConfigureAwait(false);
            block.ResetWrittenCount();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        await file.WriteAsync(block.WrittenMemory).ConfigureAwait(false);
    }

    private static void WriteGroups(Utf8JsonWriter json, string name, MapGroups groups)
    {
        json.WriteStartArray(name);
        foreach ((string group, int count) in groups.Groups)
        {
            json.WriteStartObject();
            json.WriteString("name", group);
            json.WriteNumber("count", count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Puts the points into the square from -1 to 1, with one scale for both axes.</summary>
    private (double[] X, double[] Y) Scale()
    {
        double left = projection.X.Min(), right = projection.X.Max(), bottom = projection.Y.Min(), top = projection.Y.Max();
        double half = Math.Max(right - left, top - bottom) / 2;
        return (Move(projection.X, (left + right) / 2), Move(projection.Y, (bottom + top) / 2));

        double[] Move(double[] values, double center) =>
            [.. values.Select(value => half > 0 ? Math.Round((value - center) / half, 5) : 0)];
    }

    /// <summary>The hash that a browser compares with the text of a script or style, in which line ends are LF.</summary>
    private static string Hash(string text) =>
        $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'";

    private static string Read(string name)
    {
        using var reader = new StreamReader(Open(name));
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private static string ReadLibrary()
    {
        using var reader = new StreamReader(new GZipStream(Open("library.js.gz"), CompressionMode.Decompress));
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private static Stream Open(string name) =>
        Assembly.GetExecutingAssembly().GetManifestResourceStream($"CodeEmbed.Maps.Page.{name}")!;
}
