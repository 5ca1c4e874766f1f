using System.Runtime.InteropServices;
using System.Text.Json;
using CodeEmbed.Tests.Onnx;
using CodeEmbed.Tests.Staged;
using Xunit;

namespace CodeEmbed.Tests.Faults;

/// <summary>
///   A model whose weights for one token are NaN, so that exactly the snippets with that token cannot be embedded.
/// </summary>
public sealed class OneNotFiniteTests : IDisposable
{
    private const string BadContent = "x~1";
    private const string Export = "Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding -Model $Model -BatchSize 4 -Verbose";

    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session;
    private readonly string _damaged;

    public OneNotFiniteTests()
    {
        _damaged = _folder.CopyFolder(Repository.Fixture("tiny-roberta"), "tiny-roberta");
        string weights = Path.Combine(_damaged, "model.safetensors");
        SafetensorsBuilder tensors = SafetensorsBuilder.Read(weights);
        JsonElement vocabulary = JsonDocument.Parse(File.ReadAllText(Path.Combine(_damaged, "vocab.json"))).RootElement;
        int id = vocabulary.GetProperty("~").GetInt32();
        Span<float> table = MemoryMarshal.Cast<byte, float>(tensors.Data("embeddings.word_embeddings.weight").AsSpan());
        int length = table.Length / vocabulary.EnumerateObject().Count();
        table.Slice(id * length, length).Fill(float.NaN);
        File.WriteAllBytes(weights, tensors.Build());
        _folder.WriteLines("in.jsonl", [.. Enumerable.Range(1, 12).Select(Line)]);
        _session = new ModuleSession(_folder.Path);
    }

    public void Dispose()
    {
        _session.Run("Remove-Module CodeEmbed");
        _session.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Without_SkipFailed_the_run_stops_at_the_batch_and_keeps_the_earlier_ones()
    {
        SessionResult result = Run(_damaged, "");

        Assert.Equal("EmbeddingError", result.TerminatingId);
        Assert.Contains("'7'", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Contains("out.jsonl.partial", result.TerminatingMessage, StringComparison.Ordinal);
        var error = Assert.IsType<EmbeddingException>(result.Terminating!.Exception);
        Assert.Equal(2, error.BatchNumber);
        Assert.Equal(["5", "6", "7", "8"], error.SnippetIds);
        Assert.Equal(["1", "2", "3", "4"], Ids("out.jsonl.partial"));
        Assert.False(File.Exists(_folder.File("out.jsonl")));
    }

    [Fact]
    public void With_SkipFailed_only_that_snippet_is_rejected_and_the_others_match_the_undamaged_run()
    {
        SessionResult result = Run(_damaged, "-SkipFailed -RejectPath rejects.jsonl");
        Run(Repository.Fixture("tiny-roberta"), "", "whole.jsonl");

        Assert.Null(result.TerminatingMessage);
        Assert.Equal("EmbeddingError", Assert.Single(result.Errors).FullyQualifiedErrorId.Split(',')[0]);
        Assert.Equal("Records: 12 read, 11 written, 1 rejected.", result.Verbose[^1]);
        Assert.Equal(
            InputFiles.Column(_folder.File("whole.jsonl"), "vector").Where((_, i) => i != 6).Select(
                vector => vector.GetRawText()),
            InputFiles.Column(_folder.File("out.jsonl"), "vector").Select(vector => vector.GetRawText()));
        Assert.Equal(Enumerable.Range(1, 12).Where(id => id != 7).Select(id => $"{id}"), Ids("out.jsonl"));

        JsonElement rejected = JsonDocument.Parse(Assert.Single(File.ReadLines(_folder.File("rejects.jsonl")))).RootElement;
        Assert.Equal(_folder.File("in.jsonl"), rejected.GetProperty("file").GetString());
        Assert.Equal(7, rejected.GetProperty("line").GetInt32());
        Assert.Equal("7", rejected.GetProperty("id").GetString());
        Assert.Equal("EmbeddingError", rejected.GetProperty("error").GetString());
        Assert.Contains("NaN", rejected.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(Line(7), rejected.GetProperty("record").GetString());
    }

    [Fact]
    public void Snippets_rejected_before_an_interruption_are_rejected_again_and_the_counts_cover_the_whole_run()
    {
        Run(_damaged, "-SkipFailed", "undisturbed.jsonl");
        Run(_damaged, "-SkipFailed | ForEach-Object { if ($_.Snippet.Id -eq '10') { throw 'interrupted' }; $_ }");
        Assert.Equal(["1", "2", "3", "4", "5", "6", "8", "9"], Ids("out.jsonl.partial"));

        SessionResult result = Run(_damaged, "-SkipFailed -RejectPath rejects.jsonl", "out.jsonl -Resume");

        Assert.Null(result.TerminatingMessage);
        Assert.Contains("Kept from the interrupted run: 8 embeddings.", result.Verbose);
        Assert.Equal("Records: 12 read, 11 written, 1 rejected.", result.Verbose[^1]);
        Assert.Equal(File.ReadAllBytes(_folder.File("undisturbed.jsonl")), File.ReadAllBytes(_folder.File("out.jsonl")));
        Assert.Equal(["7"], Ids("rejects.jsonl"));
    }

    private static string Line(int id) => InputFiles.Record($"{id}", id == 7 ? BadContent : $"x = {id}");

    private IEnumerable<string> Ids(string file) => InputFiles.Column(_folder.File(file), "id").Select(id => id.GetString()!);

    private SessionResult Run(string model, string arguments, string target = "out.jsonl") =>
        _session.Run($"{Export} {arguments} | Export-CodeEmbedding {target} -Verbose", ("Model", model));
}
