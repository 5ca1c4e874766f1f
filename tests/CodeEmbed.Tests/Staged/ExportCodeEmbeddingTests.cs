using System.IO.Compression;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>Export-CodeEmbedding: when it writes, and when it passes embeddings on.</summary>
public sealed class ExportCodeEmbeddingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session;

    public ExportCodeEmbeddingTests()
    {
        _folder.WriteRecords(3);
        _session = new ModuleSession(_folder.Path);
    }

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_literal_path_is_used_unchanged()
    {
        SessionResult result = Export("-LiteralPath 'out[1].jsonl'");

        Assert.Null(result.TerminatingMessage);
        Assert.Equal(3, File.ReadLines(_folder.File("out[1].jsonl")).Count());
    }

    [Fact]
    public void Embeddings_are_passed_on_with_PassThru()
    {
        SessionResult result = Export("out.jsonl -PassThru");

        Assert.Equal(["1", "2", "3"], result.Output.Select(embedding => ((CodeEmbedding)embedding.BaseObject).Snippet.Id));
        Assert.Equal(3, File.ReadLines(_folder.File("out.jsonl")).Count());
    }

    [Fact]
    public void Nothing_is_passed_on_by_default() => Assert.Empty(Export("out.jsonl").Output);

    [Fact]
    public void An_existing_file_is_kept_with_NoClobber()
    {
        File.WriteAllText(_folder.File("out.jsonl"), "before");

        SessionResult result = Export("out.jsonl -NoClobber");

        Assert.Equal("FileWriteError", result.TerminatingId);
        Assert.Contains("-NoClobber", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Equal("before", File.ReadAllText(_folder.File("out.jsonl")));
        Assert.False(File.Exists(_folder.File("out.jsonl.partial")));
    }

    [Fact]
    public void The_error_for_a_store_of_several_models_suggests_no_unsupported_switch()
    {
        SessionResult result = _session.Run(
            "$one = 'x' | ConvertTo-CodeEmbedding -Model codeembed-mini; "
            + "$other = 'x' | ConvertTo-CodeEmbedding -Model codeembed-mini -SkipNormalization; "
            + "$one, $other | Export-CodeEmbedding out.safetensors");

        Assert.Equal("FileWriteError", result.TerminatingId);
        Assert.Contains("Write a file for each model.", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.DoesNotContain("-AllowMixed", result.TerminatingMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_file_is_written_with_NoClobber()
    {
        SessionResult result = Export("out.jsonl -NoClobber");

        Assert.Null(result.TerminatingMessage);
        Assert.Equal(3, File.ReadLines(_folder.File("out.jsonl")).Count());
    }

    [Fact]
    public void WhatIf_changes_nothing()
    {
        File.WriteAllText(_folder.File("out.jsonl"), "before");

        SessionResult result = Export("out.jsonl -PassThru -WhatIf");

        Assert.Null(result.TerminatingMessage);
        Assert.Empty(result.Output);
        Assert.Equal("before", File.ReadAllText(_folder.File("out.jsonl")));
        Assert.False(File.Exists(_folder.File("out.jsonl.partial")));
    }

    [Fact]
    public void A_file_whose_name_ends_in_gz_is_compressed_and_nothing_else_is_left()
    {
        Export("plain.jsonl");

        SessionResult result = Export("out.jsonl.gz");

        Assert.Null(result.TerminatingMessage);
        using var decompressed = new StreamReader(
            new GZipStream(File.OpenRead(_folder.File("out.jsonl.gz")), CompressionMode.Decompress));
        Assert.Equal(File.ReadAllText(_folder.File("plain.jsonl")), decompressed.ReadToEnd());
        Assert.Equal(
            ["in.jsonl", "out.jsonl.gz", "out.jsonl.gz.model.json", "plain.jsonl", "plain.jsonl.model.json"],
            Directory.GetFiles(_folder.Path).Select(file => Path.GetFileName(file)).Order());
    }

    [Fact]
    public void The_partial_file_of_a_compressed_target_is_not_compressed()
    {
        _folder.WriteLines("in.jsonl", [.. Enumerable.Range(1, 9).Select(id => InputFiles.Record($"{id}")), "{"]);

        SessionResult result = _session.Run(
            "Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding -Model $Model -BatchSize 1 | Export-CodeEmbedding "
            + "out.jsonl.gz",
            ("Model", Repository.Fixture("tiny-roberta")));

        Assert.Equal("InvalidInputError", result.TerminatingId);
        Assert.False(File.Exists(_folder.File("out.jsonl.gz")));
        Assert.Equal("1", InputFiles.Column(_folder.File("out.jsonl.gz.partial"), "id").First().GetString());
    }

    [Fact]
    public void Missing_folders_are_created_with_Force()
    {
        SessionResult result = Export("new/folder/out.jsonl -Force");

        Assert.Null(result.TerminatingMessage);
        Assert.Equal(3, File.ReadLines(_folder.File("new/folder/out.jsonl")).Count());
    }

    [Fact]
    public void A_read_only_file_is_replaced_with_Force_and_stays_read_only()
    {
        File.WriteAllText(_folder.File("out.jsonl"), "before");
        File.SetAttributes(_folder.File("out.jsonl"), FileAttributes.ReadOnly);
        try
        {
            SessionResult result = Export("out.jsonl -Force");

            Assert.Null(result.TerminatingMessage);
            Assert.Equal(3, File.ReadLines(_folder.File("out.jsonl")).Count());
            Assert.True(File.GetAttributes(_folder.File("out.jsonl")).HasFlag(FileAttributes.ReadOnly));
        }
        finally
        {
            File.SetAttributes(_folder.File("out.jsonl"), FileAttributes.Normal);
        }
    }

    [Fact]
    public void The_digest_replaces_the_content_on_request()
    {
        _folder.WriteLines("in.jsonl", InputFiles.Record("1", "hello world"));

        Export("out.jsonl -ExcludeContent");

        // The SHA-256 of 'hello world', as sha256sum prints it.
        Assert.StartsWith(
            "{\"id\":\"1\",\"file_path\":\"src/1.py\",\"language\":\"python\","
            + "\"content_sha256\":\"b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9\","
            + "\"metadata\":{\"line\":12},\"vector\":[",
            File.ReadAllText(_folder.File("out.jsonl")),
            StringComparison.Ordinal);
    }

    private SessionResult Export(string arguments) => _session.Run(
        $"Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding -Model $Model | Export-CodeEmbedding {arguments}",
        ("Model", Repository.Fixture("tiny-roberta")));
}
