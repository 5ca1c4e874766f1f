using System.Text;
using System.Text.Json;
using CodeEmbed.Jsonl;
using CodeEmbed.Jsonl.Lines;
using CodeEmbed.Jsonl.Records;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>
///   Records with other property names than a snippet: published data sets with their authors' names, and hostile records.
/// </summary>
public sealed class PropertyMapTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task CodeSearchNet_is_read_unchanged()
    {
        string line = """
            {"repo": "o/r", "path": "lib/a.py", "func_name": "A.add", "original_string": "def add(a, b):\n    return a + b",
            "language": "python", "code": "def add(a, b):\n    return a + b", "code_tokens": ["def", "add"],
            "docstring": "Adds.", "docstring_tokens": ["Adds", "."], "sha": "0a1b",
            "url": "https://github.com/o/r/blob/0a1b/lib/a.py#L1", "partition": "train"}
            """.ReplaceLineEndings(" ");

        CodeSnippet snippet = await LineAsync(
            line, "id=url content=code file_path=path chunk_name=func_name git_hash=sha", "chunk_type=function");

        Assert.Equal(
            [
                "https://github.com/o/r/blob/0a1b/lib/a.py#L1", "lib/a.py", "python", "def add(a, b):\n    return a + b", "A.add",
                "function", "0a1b",
            ],
            new[]
            {
                snippet.Id, snippet.FilePath, snippet.Language, snippet.Content, snippet.ChunkName, snippet.ChunkType,
                snippet.GitHash,
            });
        Assert.Equal(
            "repo file_path chunk_name original_string language content code_tokens docstring docstring_tokens git_hash id "
            + "partition chunk_type",
            await WrittenNamesAsync(snippet));
    }

    [Fact]
    public async Task The_Stack_is_read_unchanged()
    {
        string line = """
            {"hexsha":"f00d","size":21,"ext":"go","lang":"Go","max_stars_repo_path":"cmd/x.go","max_stars_repo_name":"o/r",
            "max_stars_count":3,"max_stars_repo_licenses":["MIT"],"content":"package main\n","avg_line_length":6.5,
            "alphanum_fraction":0.9}
            """.ReplaceLineEndings(" ");

        CodeSnippet snippet = await LineAsync(line, "id=hexsha language=lang file_path=max_stars_repo_path", "");

        Assert.Equal(
            ["f00d", "Go", "cmd/x.go", "package main\n"],
            new[] { snippet.Id, snippet.Language, snippet.FilePath, snippet.Content });
    }

    [Fact]
    public async Task CodeXGLUE_is_read_unchanged_although_its_ids_are_numbers()
    {
        const string line = """{"project":"qemu","commit_id":"aa16","target":1,"func":"int f(void) { return 1; }","idx":7}""";

        CodeSnippet snippet = await LineAsync(line, "id=idx content=func git_hash=commit_id file_path=project", "language=c");

        Assert.Equal(("7", "qemu", "c"), (snippet.Id, snippet.FilePath, snippet.Language));
        Assert.StartsWith(
            """{"file_path":"qemu","git_hash":"aa16","target":1,"content":"int f(void) { return 1; }","id":"7","language":"c",""",
            await Writing.LineAsync(_folder, snippet),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task MBPP_is_read_unchanged()
    {
        string line = """
            {"text": "Write f.", "code": "def f(): pass", "task_id": 601, "test_setup_code": "",
            "test_list": ["assert f() is None"], "challenge_test_list": []}
            """.ReplaceLineEndings(" ");

        CodeSnippet snippet = await LineAsync(line, "id=task_id content=code", "language=python file_path=");

        Assert.Equal(("601", "def f(): pass", "python", ""), (snippet.Id, snippet.Content, snippet.Language, snippet.FilePath));
        Assert.Equal(
            "text content id test_setup_code test_list challenge_test_list file_path language", await WrittenNamesAsync(snippet));
    }

    [Theory]
    [InlineData("""{"a":{"b":{"c":"x"}}}""", "x", """{"a":{"b":{}},"content":"x",""")]
    [InlineData("""{"a.b.c":"x","a":{"b":{"c":"y"}}}""", "x", """{"content":"x","a":{"b":{"c":"y"}},""")]
    [InlineData("""{"a":{"b":{"c":"y"}},"a.b.c":"x"}""", "x", """{"a":{"b":{"c":"y"}},"content":"x",""")]
    [InlineData("""{"a.b":{"c":"x"},"a":{"b":{"c":"y"}}}""", "x", """{"a.b":{},"content":"x","a":{"b":{"c":"y"}},""")]
    [InlineData("""{"a":{"b":{"c":"y"},"b.c":"x"}}""", "x", """{"a":{"b":{"c":"y"}},"content":"x",""")]
    [InlineData("""{"a.b":"no","a":{"b":{"c":"x"}}}""", "x", """{"a.b":"no","a":{"b":{}},"content":"x",""")]
    [InlineData("""{"a.b":{"d":"no"},"a":{"b":{"c":"x"}}}""", "x", """{"a.b":{"d":"no"},"a":{"b":{}},"content":"x",""")]
    [InlineData("""{"a":{"b":{"k":1, "c":"x" , "l":2}}}""", "x", """{"a":{"b":{"k":1, "l":2}},"content":"x",""")]
    [InlineData("""{"a":{"b":{"k":1 , "c":"x" }}}""", "x", """{"a":{"b":{"k":1 }},"content":"x",""")]
    [InlineData("""{"a":{"b":{ "c":"x", "k":1}}}""", "x", """{"a":{"b":{ "k":1}},"content":"x",""")]
    [InlineData("""{"\u0061":{"b":{"\u0063":"x"}}}""", "x", """{"\u0061":{"b":{}},"content":"x",""")]
    [InlineData("""{"a":{"b":{"c":"no","c":"x"}}}""", "x", """{"a":{"b":{"c":"no"}},"content":"x",""")]
    [InlineData("""{"a":{"b":{"c":"no"}},"a":{"b":{"c":"x"}}}""", "x", """{"a":{"b":{"c":"no"}},"a":{"b":{}},"content":"x",""")]
    public async Task A_path_is_followed_and_a_property_whose_name_contains_the_dots_takes_precedence(
        string record, string content, string written)
    {
        CodeSnippet snippet = await LineAsync(record, "content=a.b.c", "id=1 file_path= language=");

        Assert.Equal(content, snippet.Content);
        Assert.StartsWith(written, await Writing.LineAsync(_folder, snippet), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Moving_a_property_out_of_an_object_keeps_the_rest_of_it()
    {
        const string record = """{"a":{"x":{"code":"c","n":0},"id":5,"path":"p","k":[1, 2],"lang":"l"}}""";

        CodeSnippet snippet = await LineAsync(
            record, "content=a.x.code id=a.id file_path=a.path language=a.lang metadata=a.x", "");

        Assert.Equal(("c", "5", "p", "l"), (snippet.Content, snippet.Id, snippet.FilePath, snippet.Language));
        Assert.Equal(0L, snippet.Metadata!["n"]);
        Assert.StartsWith(
            """{"a":{"k":[1, 2]},"id":"5","file_path":"p","language":"l","content":"c","metadata":{"n":0},""",
            await Writing.LineAsync(_folder, snippet),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_property_that_conflicts_with_a_mapped_name_is_replaced()
    {
        const string record =
            """{"id":1,"content":{"text":"c","n":1},"url":"u","file_path":"","language":"","vector":[1],"x":2}""";

        CodeSnippet snippet = await LineAsync(record, "id=url content=content.text", "");

        Assert.Equal(("u", "c"), (snippet.Id, snippet.Content));
        Assert.StartsWith(
            """{"content":"c","id":"u","file_path":"","language":"","x":2,"vector":[""",
            await Writing.LineAsync(_folder, snippet),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_can_be_swapped_and_one_property_can_become_two()
    {
        CodeSnippet snippet = await LineAsync(
            """{"content":"i","id":"c","p":"q","language":""}""", "id=content content=id file_path=p chunk_name=p", "");

        Assert.Equal(("i", "c", "q", "q"), (snippet.Id, snippet.Content, snippet.FilePath, snippet.ChunkName));
        Assert.StartsWith(
            """{"id":"i","content":"c","file_path":"q","chunk_name":"q","language":"",""",
            await Writing.LineAsync(_folder, snippet),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_output_property_can_be_a_source()
    {
        CodeSnippet snippet = await LineAsync(
            """{"fingerprint":"i","vector":"v","content":"","file_path":"","language":""}""", "id=fingerprint", "");

        Assert.Equal("i", snippet.Id);
        Assert.Equal(["vector"], snippet.Record.ReadOutputNames());
    }

    [Theory]
    [InlineData("\"n\":12", "12")]
    [InlineData("\"n\":-1.50e+3", "-1.50e+3")]
    [InlineData("\"n\":123456789012345678901234567890", "123456789012345678901234567890")]
    [InlineData("\"n\":null", "in.jsonl:1")]
    [InlineData("\"m\":1", "in.jsonl:1")]
    [InlineData("\"n\":\"a\",\"n\":7", "7")]
    [InlineData("\"n\":7,\"n\":null", "in.jsonl:1")]
    [InlineData("\"n\":7,\"n\":\"a\"", "a")]
    public async Task An_id_may_be_a_number_or_missing(string property, string id)
    {
        string record = $$"""{{{property}},"content":"","file_path":"","language":""}""";

        CodeSnippet snippet = await LineAsync(record, "id=n", "");

        Assert.Equal(id, snippet.Id);
        using JsonDocument written = JsonDocument.Parse(await Writing.LineAsync(_folder, snippet));
        Assert.Equal(id, written.RootElement.GetProperty("id").GetString());
    }

    [Fact]
    public async Task An_unmapped_id_may_also_be_a_number_or_missing_if_there_is_a_map()
    {
        CodeSnippet snippet = await LineAsync("""{"id":3,"c":"","file_path":"","language":""}""", "content=c", "");

        Assert.Equal("3", snippet.Id);
    }

    [Fact]
    public async Task A_missing_id_in_an_array_is_the_number_of_the_element()
    {
        await File.WriteAllTextAsync(_folder.File("in.json"), """[{"c":"a"},{"c":"b"}]""", Token);

        (List<Outcome<CodeSnippet>> records, _) =
            await Reading.UpToErrorAsync(_folder.File("in.json"), Map("content=c", "file_path= language="));

        Assert.Equal(["in.json#1", "in.json#2"], records.Select(record => record.Value!.Id));
    }

    [Theory]
    [InlineData("""{"id":"1","content":"own"}""", "the field 'content' (mapped from 'a.code') is missing.")]
    [InlineData("""{"id":"1","a":{"code":null}}""", "the field 'content' (mapped from 'a.code') is null, and must be a string.")]
    [InlineData(
        """{"id":"1","a":{"code":{}}}""", "the field 'content' (mapped from 'a.code') is an object, and must be a string.")]
    [InlineData("""{"id":"1","a":[{"code":""}]}""", "the field 'content' (mapped from 'a.code') is missing.")]
    [InlineData("""{"id":"1","a.code":5}""", "the field 'content' (mapped from 'a.code') is a number, and must be a string.")]
    [InlineData("""{"id":[],"a.code":""}""", "the field 'id' is an array, and must be a string.")]
    [InlineData("""{"id":"","a.code":""}""", "the field 'id' is empty.")]
    [InlineData("""{"id":true,"a.code":""}""", "the field 'id' is a boolean, and must be a string.")]
    public async Task A_record_that_lacks_a_mapped_property_is_rejected_with_both_names(string record, string problem)
    {
        string path = _folder.WriteLines("in.jsonl", record);

        (List<Outcome<CodeSnippet>> records, _) =
            await Reading.UpToErrorAsync(path, Map("content=a.code", "file_path= language="));

        Assert.Equal($"{path}:1: {problem}", Assert.Single(records).Rejected!.Reason.Message);
        Assert.Equal(record, Encoding.UTF8.GetString(records[0].Rejected!.Record.Span));
    }

    [Fact]
    public async Task An_optional_property_with_another_type_is_null_and_kept_under_its_new_name()
    {
        CodeSnippet snippet = await LineAsync(
            """{"id":"1","v":2,"content":"","file_path":"","language":""}""", "version=v git_hash=no", "");

        Assert.Equal((null, null), (snippet.Version, snippet.GitHash));
        Assert.StartsWith(
            """{"id":"1","version":2,"content":""", await Writing.LineAsync(_folder, snippet), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_output_is_valid_input_without_the_map_and_has_the_same_values()
    {
        CodeSnippet snippet = await LineAsync(
            """{"u":5,"a":{"c":"\ud800\u00e9\n","p":"p"},"l":"x","m":{"k":[1]},"y":1}""",
            "id=u content=a.c file_path=a.p language=l metadata=m",
            "version=1");

        CodeSnippet again = await Reading.LineAsync(_folder, (await Writing.LineAsync(_folder, snippet)).TrimEnd('\n'));

        Assert.Equal(
            (snippet.Id, snippet.Content, snippet.FilePath, snippet.Language, snippet.Version),
            (again.Id, again.Content, again.FilePath, again.Language, again.Version));
        Assert.Equal(snippet.Metadata!["k"], again.Metadata!["k"]);
        Assert.Equal("\ud800é\n", again.Content);
    }

    [Fact]
    public async Task A_property_that_is_set_afterwards_is_written_instead_of_the_mapped_one()
    {
        CodeSnippet snippet = await LineAsync("""{"c":"a","x":1}""", "content=c", "id=1 file_path= language=");

        CodeSnippet changed = ChangedRecord.Make(
            snippet, new Dictionary<string, object?> { ["content"] = "b", ["x"] = 2L }, snippet.Source!);

        Assert.Equal("b", changed.Content);
        Assert.StartsWith(
            """{"content":"b","x":2,"id":"1","file_path":"","language":"",""",
            await Writing.LineAsync(_folder, changed),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("contents=a", "", "'contents' is not a property of a snippet. A snippet has id, file_path, language")]
    [InlineData("FilePath=a", "", "'FilePath' is not a property of a snippet")]
    [InlineData("=a", "", "'' is not a property of a snippet")]
    [InlineData("vector=a", "", "'vector' is not a property of a snippet")]
    [InlineData("content=", "", "'content' is mapped from an empty name")]
    [InlineData("content=a", "content=b", "'content' is mapped twice")]
    public void An_invalid_map_is_refused_when_it_is_created(string sources, string constants, string problem)
    {
        var error = Assert.Throws<ArgumentException>(() => Map(sources, constants));

        Assert.StartsWith(problem, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a..b")]
    [InlineData(".a")]
    [InlineData("a.")]
    [InlineData("\ud800.x")]
    [InlineData("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z")]
    public async Task Unusual_paths_find_nothing_in_a_record_that_is_designed_for_them(string source)
    {
        string deep = string.Concat(Enumerable.Repeat("{\"a\":", 900)) + "1" + new string('}', 900);
        string record = $$$"""{"":{"":{"no":1}},"a":{{{deep}}},"a.b":{"c":[{"d":1}]},"a.b.c":{"d.e":null}}""";

        (List<Outcome<CodeSnippet>> records, _) = await Reading.UpToErrorAsync(
            _folder.WriteLines("in.jsonl", record),
            new PropertyMap(
                new Dictionary<string, string> { ["content"] = source },
                new Dictionary<string, string> { ["file_path"] = "", ["language"] = "", ["id"] = "1" }));

        Assert.IsType<SnippetValidationException>(Assert.Single(records).Rejected!.Reason);
    }

    [Fact]
    public void A_path_with_many_dots_takes_no_time_in_a_record_that_matches_all_its_prefixes()
    {
        // Each level has both names, so there are as many paths as objects, and none of them leads to the end.
        string record = "{\"no\":1}";
        for (int level = 0; level < 12; level++)
            record = $$"""{"x":{{record}},"x.x":{{(level % 2 == 0 ? record : "{}")}}}""";

        MappedNames names = Map($"content={string.Join('.', Enumerable.Repeat("x", 40))}", "file_path= language=").Names;
        var place = new RecordPlace(new SnippetSource("in.jsonl", 1));

        Assert.Throws<SnippetValidationException>(
            () => MappedRecordParser.Parse(Encoding.UTF8.GetBytes(record), place, names));
    }

    [Fact]
    public void Invalid_JSON_is_reported_as_without_a_map()
    {
        byte[] record = Encoding.UTF8.GetBytes("""{"id":"1", oops}""");
        var place = new RecordPlace(new SnippetSource("in.jsonl", 4));

        var without = Assert.Throws<InvalidInputException>(() => SnippetRecordParser.Parse(record, place));
        var with = Assert.Throws<InvalidInputException>(() => MappedRecordParser.Parse(record, place, Map("id=a.b", "").Names));

        Assert.Equal(without.Message, with.Message);
    }

    [Fact]
    public async Task An_empty_map_changes_nothing_but_the_ids()
    {
        string line = Sample.LineWith("""  "x" : [1, 2.50],"metadata":{"a":1},"vector":[1],"version":2 """);
        CodeSnippet plain = await Reading.LineAsync(_folder, line);

        CodeSnippet mapped = await LineAsync(line, "", "");

        Assert.Equal(await Writing.LineAsync(_folder, plain), await Writing.LineAsync(_folder, mapped));
    }

    private static PropertyMap Map(string sources, string constants) => new(Entries(sources), Entries(constants));

    private static Dictionary<string, string> Entries(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(entry => entry.Split('='))
        .ToDictionary(entry => entry[0], entry => entry[1]);

    private async Task<CodeSnippet> LineAsync(string line, string sources, string constants)
    {
        (List<Outcome<CodeSnippet>> records, InvalidInputException? error) =
            await Reading.UpToErrorAsync(_folder.WriteLines("in.jsonl", line), Map(sources, constants));

        Assert.Null(error);
        Assert.Null(records.Single().Rejected?.Reason.Message);
        return records.Single().Value!;
    }

    private async Task<string> WrittenNamesAsync(CodeSnippet snippet)
    {
        using JsonDocument written = JsonDocument.Parse(await Writing.LineAsync(_folder, snippet));
        return string.Join(
            ' ', written.RootElement.EnumerateObject().Select(property => property.Name).TakeWhile(name => name != "vector"));
    }
}
