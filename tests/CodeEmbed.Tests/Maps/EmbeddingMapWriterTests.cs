using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CodeEmbed.Maps;
using Xunit;

namespace CodeEmbed.Tests.Maps;

public sealed partial class EmbeddingMapWriterTests : IDisposable
{
    private const int Language = 2, Folder = 3, Name = 4, Path = 5, Code = 7;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_point_has_its_position_and_the_properties_of_its_snippet()
    {
        JsonNode data = await DataAsync(
            TestMaps.Embedding("a", [2, 0], "src/a.py", "Python", "def a():\n    pass\n", "a", (3, 4)),
            TestMaps.Embedding("b", [-2, 0], @"src\b.cs", "csharp", lines: (7, 7)),
            TestMaps.Embedding("c", [0, 1]),
            TestMaps.Embedding("d", [0, -1]));

        Assert.Equal(
            """[1,0,0,0,"a","src/a.py","3-4","def a():\n    pass"]""", data["points"]![0]!.ToJsonString());
        Assert.Equal("""[-1,0,1,0,"b","src/b.cs","7","x = 1"]""", data["points"]![1]!.ToJsonString());
        Assert.Equal("""[0,0.5,0,0,"c","src/a.py","","x = 1"]""", data["points"]![2]!.ToJsonString());
        Assert.Equal("""[{"name":"python","count":3},{"name":"csharp","count":1}]""", data["languages"]!.ToJsonString());
        Assert.Equal("owner/model", (string?)data["model"]);
        Assert.Equal(1, (double?)data["share"]);
    }

    /// <summary>In HTML, the end tag of a script may have any letter case, and comments change where the script ends.</summary>
    [Theory]
    [InlineData("</script><script>alert(1)</script>")]
    [InlineData("</SCRIPT >")]
    [InlineData("<!--<script>")]
    [InlineData("]]> --> & \" ' ` \\")]
    public async Task Text_from_code_cannot_escape_from_the_data(string hostile)
    {
        CodeEmbedding embedding = TestMaps.Embedding(hostile, [1, 0], hostile, hostile, hostile);

        string page = await TestMaps.WriteAsync(_folder.File("map.html"), [embedding]);

        JsonNode point = TestMaps.DataOf(page)["points"]![0]!;
        Assert.Equal([hostile, hostile.Replace('\\', '/'), hostile], new[] { Name, Path, Code }.Select(i => (string?)point[i]));
        Assert.DoesNotContain('<', TestMaps.DataTextOf(page));
        Assert.Equal(3, ScriptEnd().Count(page));
        Assert.Equal(3, ScriptStart().Count(page));
    }

    [Fact]
    public async Task Control_and_direction_characters_and_lone_surrogates_are_shown_escaped()
    {
        JsonNode data = await DataAsync(TestMaps.Embedding("a\u001b[31m", [1, 0], content: "x\u202e = \ud800\0 # \u00e9\tz"));

        Assert.Equal(@"a\u001b[31m", (string?)data["points"]![0]![Name]);
        Assert.Equal("x\\u202e = \\ud800\\u0000 # \u00e9\tz", (string?)data["points"]![0]![Code]);
    }

    /// <summary>They end a line in scripts before ECMAScript 2019, and in some editors.</summary>
    [Theory]
    [InlineData('\u2028')]
    [InlineData('\u2029')]
    [InlineData('\u0085')]
    public async Task Unicode_line_ends_are_not_in_the_page(char lineEnd)
    {
        string hostile = $"a{lineEnd}b";
        string page = await TestMaps.WriteAsync(
            _folder.File("map.html"), [TestMaps.Embedding(hostile, [1, 0], hostile, hostile, hostile, hostile)]);

        Assert.DoesNotContain(lineEnd, TestMaps.DataTextOf(page));
        Assert.Equal($@"a\u{(int)lineEnd:x4}b", (string?)TestMaps.DataOf(page)["points"]![0]![Code]);
    }

    [Fact]
    public async Task Code_is_truncated_to_12_lines_and_may_be_missing()
    {
        JsonNode data = await DataAsync(
            TestMaps.Embedding("a", [1, 0], content: string.Concat(Enumerable.Range(1, 13).Select(i => $"{i}\n"))),
            TestMaps.Embedding("b", [1, 1], content: null));

        Assert.Equal("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n…", (string?)data["points"]![0]![Code]);
        Assert.Null((string?)data["points"]![1]![Code]);
    }

    [Fact]
    public async Task Folders_are_taken_from_the_first_level_at_which_paths_differ()
    {
        JsonNode data = await FoldersAsync(
            "r/src/core/x/a.py", "r/src/web/b.py", "r/src/lib/c.py", "r/src/lib/d.py", "r/src/e.py", "r/src/web/f.py");

        Assert.Equal(["lib", "web", "(top)", "core"], data["folders"]!.AsArray().Select(group => (string?)group!["name"]));
        Assert.Equal([3, 1, 0, 0, 2, 1], data["points"]!.AsArray().Select(point => (int)point![Folder]!));
    }

    [Fact]
    public async Task A_folder_with_more_than_a_third_is_split_into_its_subfolders()
    {
        JsonNode data = await FoldersAsync("bench/a.py", "src/x/core/b.py", "src/x/core/c.py", "src/x/d.py", "src/x/web/y/e.py");

        Assert.Equal(
            ["src/x/core", "bench", "src/x", "src/x/web"], data["folders"]!.AsArray().Select(group => (string?)group!["name"]));
        Assert.Equal([1, 0, 0, 2, 3], data["points"]!.AsArray().Select(point => (int)point![Folder]!));
    }

    [Fact]
    public async Task A_folder_with_more_subfolders_than_there_are_colours_is_not_split()
    {
        JsonNode data = await FoldersAsync([.. Enumerable.Range(0, 12).Select(i => $"src/{i}/a.py"), "b/b.py"]);

        Assert.Equal("""[{"name":"src","count":12},{"name":"b","count":1}]""", data["folders"]!.ToJsonString());
    }

    [Fact]
    public async Task Groups_without_their_own_colour_are_combined()
    {
        JsonNode data = await DataAsync(
            [.. Enumerable.Range(0, 15).Select(i => TestMaps.Embedding($"{i}", [i, 0], language: $"l{Math.Max(0, i - 1):00}"))]);

        Assert.Equal(13, data["languages"]!.AsArray().Count);
        Assert.Equal("""{"name":"l00","count":2}""", data["languages"]![0]!.ToJsonString());
        Assert.Equal("""{"name":"other: 2 more","count":2}""", data["languages"]![12]!.ToJsonString());
        Assert.Equal([11, 12, 12], data["points"]!.AsArray().TakeLast(3).Select(point => (int)point![Language]!));
    }

    /// <summary>A browser runs only scripts whose hash is in the policy.</summary>
    [Fact]
    public async Task The_policy_names_the_scripts_and_the_style_and_no_address()
    {
        string page = await TestMaps.WriteAsync(_folder.File("map.html"), [TestMaps.Embedding("a", [1, 0])]);

        string policy = Policy().Match(page).Groups[1].Value;
        Assert.StartsWith("default-src 'none'; ", policy);
        Assert.DoesNotContain("http", policy);
        string[] inline = [.. Inline().Matches(page).Select(match => match.Groups[1].Value)];
        Assert.Equal(3, inline.Length);
        Assert.All(inline, text => Assert.Contains(
            Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text))), policy));
    }

    [Fact]
    public async Task The_licences_are_in_the_page()
    {
        string page = await TestMaps.WriteAsync(_folder.File("map.html"), [TestMaps.Embedding("a", [1, 0])]);

        string notices = await File.ReadAllTextAsync(
            System.IO.Path.Combine(Repository.Root, "src", "CodeEmbed.Core", "Maps", "NOTICES.txt"),
            TestContext.Current.CancellationToken);
        Assert.Contains(notices.ReplaceLineEndings("\n"), page);
        Assert.Contains("Copyright (c) 2018 Fritz Lekschas", notices);
    }

    [Fact]
    public async Task The_same_embeddings_give_the_same_bytes()
    {
        CodeEmbedding[] embeddings = [.. Enumerable.Range(0, 300).Select(i => TestMaps.Embedding(
            $"{i}", [.. Enumerable.Range(0, 80).Select(j => MathF.Sin((i * 80) + j))], $"f{i % 5}/a.py"))];

        Assert.Equal(
            await TestMaps.WriteAsync(_folder.File("a.html"), embeddings),
            await TestMaps.WriteAsync(_folder.File("b.html"), embeddings));
    }

    [Theory]
    [InlineData("fedcba9876543210", 2)]
    [InlineData("0123456789abcdef", 3)]
    public async Task A_vector_that_cannot_be_compared_is_refused_and_no_file_is_left(string fingerprint, int dimensions)
    {
        string target = _folder.WriteLines("map.html", "old");
        await using (var writer = new EmbeddingMapWriter(target))
        {
            writer.Add(TestMaps.Embedding("a", [1, 0]));
            var error = Assert.Throws<IndexException>(
                () => writer.Add(TestMaps.Embedding("b", new float[dimensions], fingerprint: fingerprint)));
            Assert.Contains(fingerprint, error.Message);
            Assert.Contains("0123456789abcdef", error.Message);
        }

        Assert.Equal("old\n", File.ReadAllText(target));
        Assert.Equal([target], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task A_cancelled_run_leaves_the_target_unchanged()
    {
        string target = _folder.WriteLines("map.html", "old");
        await using (var writer = new EmbeddingMapWriter(target))
        {
            writer.Add(TestMaps.Embedding("a", [1, 0]));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => writer.CompleteAsync(new CancellationToken(canceled: true)).AsTask());
        }

        Assert.Equal("old\n", File.ReadAllText(target));
        Assert.Equal([target], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task The_partial_file_of_a_killed_run_is_dropped_only_with_Force()
    {
        string target = _folder.File("map.html");
        _folder.WriteLines("map.html.partial", "half");

        var error = Assert.Throws<OutputException>(() => new EmbeddingMapWriter(target));
        Assert.Contains("map.html.partial", error.Message);

        string page = await TestMaps.WriteAsync(
            target, [TestMaps.Embedding("a", [1, 0])], new EmbeddingMapOptions { Force = true });
        Assert.StartsWith("<!DOCTYPE html>", page);
        Assert.Equal([target], Directory.GetFiles(_folder.Path));
    }

    private async Task<JsonNode> DataAsync(params CodeEmbedding[] embeddings) =>
        TestMaps.DataOf(await TestMaps.WriteAsync(_folder.File("map.html"), embeddings));

    private Task<JsonNode> FoldersAsync(params string[] paths) =>
        DataAsync([.. paths.Select((path, i) => TestMaps.Embedding($"{i}", [i, 0], path))]);

    [GeneratedRegex("</script", RegexOptions.IgnoreCase)]
    private static partial Regex ScriptEnd();

    [GeneratedRegex(@"<script[\s>]", RegexOptions.IgnoreCase)]
    private static partial Regex ScriptStart();

    [GeneratedRegex("""Content-Security-Policy" content="([^"]*)">""")]
    private static partial Regex Policy();

    [GeneratedRegex("<(?:script|style)>(.*?)</(?:script|style)>", RegexOptions.Singleline)]
    private static partial Regex Inline();
}
