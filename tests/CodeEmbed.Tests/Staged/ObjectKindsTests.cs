using System.Management.Automation;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>The kinds of objects and values that ConvertTo-CodeEmbedding accepts, and the errors for the others.</summary>
public sealed class ObjectKindsTests : IDisposable
{
    private const string Fields = "id = 'a'; file_path = 'f'; language = 'l'; content = 'c'";

    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session;

    public ObjectKindsTests() => _session = new ModuleSession(_folder.Path);

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("[System.Collections.Generic.Dictionary[string,object]]::new()")]
    [InlineData("[System.Collections.Generic.SortedDictionary[string,object]]::new()")]
    [InlineData("[System.Collections.Generic.Dictionary[object,object]]::new()")]
    [InlineData("[System.Collections.Concurrent.ConcurrentDictionary[string,object]]::new()")]
    [InlineData("[System.Collections.Specialized.ListDictionary]::new()")]
    [InlineData("[System.Collections.SortedList]::new()")]
    [InlineData("@{}")]
    [InlineData("[ordered]@{}")]
    public void A_dictionary_of_any_kind_is_a_record(string dictionary)
    {
        Export(
            $"$d = {dictionary}; $d['id'] = 'a'; $d['file_path'] = 'f'; $d['language'] = 'l'; $d['content'] "
            + "= 'c'; $d['more'] = 1; $d");

        Assert.Equal("a f l c", Field("id", "file_path", "language", "content"));
        Assert.Equal("1", Field("more"));
    }

    [Fact]
    public void A_dictionary_that_PowerShell_enumerates_is_accepted_with_InputObject()
    {
        SessionResult result = Run(
            "$d = [System.Dynamic.ExpandoObject]::new(); $d.id = 'a'; $d.file_path = 'f'; $d.language = 'l'; $d.content = 'c'; "
            + "ConvertTo-CodeEmbedding -InputObject $d -Model $Model");

        Assert.Equal("a", ((CodeEmbedding)result.Output.Single().BaseObject).Id);
    }

    [Theory]
    [InlineData("$tree = @{ name = 'root' }; $tree.children = @(1..30 | % { @{ parent = $tree } })")]
    [InlineData(
        "$tree = [pscustomobject]@{ children = $null }; $tree.children = @(1..30 | % { [pscustomobject]@{ parent = $tree } })")]
    public void An_object_that_contains_itself_is_reported_at_once(string script)
    {
        SessionResult result = Run($"{script}; @{{ {Fields}; tree = $tree }} | ConvertTo-CodeEmbedding -Model $Model");

        Assert.Equal("ValidationError", result.TerminatingId);
        Assert.Contains("'tree' holds an object that holds itself", result.TerminatingMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void One_object_in_two_places_is_written_twice()
    {
        Export($"$shared = @{{ a = 1 }}; @{{ {Fields}; more = @($shared, $shared) }}");

        Assert.Equal("[{\"a\":1},{\"a\":1}]", Field("more"));
    }

    [Fact]
    public void The_parameters_of_a_function_are_a_record()
    {
        Export(
            "function Get-It { param($id, $file_path, $language, $content) $PSBoundParameters }; Get-It -id a -file_path "
            + "f -language l -content c");

        Assert.Equal("a f l c", Field("id", "file_path", "language", "content"));
    }

    [Fact]
    public void A_class_instance_keeps_its_other_properties()
    {
        Export("class Piece { $Id = 'a'; $FilePath = 'f'; $Language = 'l'; $Content = 'c'; [int] $Stars = 4 }; [Piece]::new()");

        Assert.Equal("a 4", Field("id", "Stars"));
    }

    [Theory]
    [InlineData("$t.Rows")]
    [InlineData("$t.DefaultView")]
    [InlineData("$t.CreateDataReader()")]
    public void A_row_is_a_record_of_its_columns(string rows)
    {
        Export(
            $"""
            $t = [System.Data.DataTable]::new()
            'id', 'file_path', 'language', 'content', 'note' | ForEach-Object {"{"} [void] $t.Columns.Add($_) {"}"}
            [void] $t.Rows.Add('a', 'f', 'l', 'c', [DBNull]::Value)
            {rows}
            """);

        Assert.Equal("""{"id":"a","file_path":"f","language":"l","content":"c","note":null,"vector":""", Start);
    }

    [Theory]
    [InlineData("id = 'a'; _id = 'b'", """{"id":"a","_id":"b",""")]
    [InlineData("_id = 'b'; id = 'a'; _version = 3", """{"_id":"b","id":"a","_version":3,""")]
    [InlineData("ID = 'a'; i_d = 'b'", """{"id":"a","i_d":"b",""")]
    public void Only_its_exact_name_counts_as_a_field(string properties, string expected)
    {
        Export($"[pscustomobject]@{{ {properties}; FilePath = 'f'; language = 'l'; content = 'c' }}");

        Assert.StartsWith(expected, Start, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FilePath", "file_path")]
    [InlineData("file_path", "FilePath")]
    public void The_exact_name_takes_precedence_and_the_other_is_kept(string first, string second)
    {
        Export($"[pscustomobject]@{{ id = 'a'; {first} = '{first}'; {second} = '{second}'; language = 'l'; content = 'c' }}");

        Assert.Equal("file_path FilePath", Field("file_path", "FilePath"));
    }

    [Theory]
    [InlineData("42", "42")]
    [InlineData("1.5", "1.5")]
    [InlineData("[long]::MaxValue", "9223372036854775807")]
    [InlineData("[System.DayOfWeek]::Monday", "Monday")]
    [InlineData("[guid] '01234567-89ab-cdef-0123-456789abcdef'", "01234567-89ab-cdef-0123-456789abcdef")]
    [InlineData("[version] '1.2.3'", "1.2.3")]
    [InlineData("[uri] 'https://example.org/a'", "https://example.org/a")]
    [InlineData("[char] 'x'", "x")]
    public void A_value_with_one_text_is_converted_as_in_PowerShell(string id, string expected)
    {
        Export($"[pscustomobject]@{{ id = {id}; file_path = 'f'; language = 'l'; content = 'c' }}");

        Assert.Equal(expected, Field("id"));
    }

    [Fact]
    public void A_file_object_is_the_path_of_a_snippet()
    {
        Export(
            $"[pscustomobject]@{{ id = 'a'; file_path = [System.IO.FileInfo]::new('{_folder.File("a.py")}'); "
            + $"language = 'l'; content = 'c' }}");

        Assert.Equal(_folder.File("a.py"), Field("file_path"));
    }

    [Theory]
    [InlineData("id")]
    [InlineData("content")]
    [InlineData("version")]
    public void A_date_instead_of_a_string_is_an_error_that_names_DateKind(string field)
    {
        SessionResult result = Run(
            $"$r = [ordered]@{{ {Fields} }}; $r.{field} = [datetime] '2020-09-07T09:44:13Z'; $r | "
            + "ConvertTo-CodeEmbedding -Model $Model");

        Assert.Equal("ValidationError", result.TerminatingId);
        Assert.Contains($"'{field}' is a date", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Contains("-DateKind String", result.TerminatingMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void No_output_is_an_empty_content_and_every_kind_of_null_is_null()
    {
        // The output of Get-Content -Raw for an empty file.
        Export(
            """
            [pscustomobject]@{
                id = 'a'; file_path = 'f'; language = 'l'; content = & { }
                x = & { }; y = [DBNull]::Value; z = @(@{ n = [DBNull]::Value })
            }
            """);

        Assert.Equal(
            """{"id":"a","file_path":"f","language":"l","content":"","x":null,"y":null,"z":[{"n":null}],"vector":""", Start);
    }

    [Theory]
    [InlineData("@{ id = 'a'; file_path = 'f'; content = 'c' }", "rust")]
    [InlineData("@{ id = 'a'; file_path = 'f'; language = $null; content = 'c' }", "rust")]
    [InlineData("@{ id = 'a'; file_path = 'f'; language = 'go'; content = 'c' }", "go")]
    [InlineData("'c'", "rust")]
    public void Language_applies_to_input_without_one(string input, string expected)
    {
        SessionResult result = Run($"{input} | ConvertTo-CodeEmbedding -Model $Model -Language rust");

        Assert.Equal(expected, ((CodeEmbedding)result.Output.Single().BaseObject).Language);
    }

    [Theory]
    [InlineData("[System.IO.FileInfo]::new('in.jsonl')", "A System.IO.FileInfo came through the pipeline", "Import-CodeSnippet")]
    [InlineData("[System.IO.DirectoryInfo]::new('.')", "A System.IO.DirectoryInfo came through the pipeline", "files")]
    [InlineData("1", "A System.Int32 came through the pipeline", "must be a CodeSnippet")]
    [InlineData("[datetime]::UtcNow", "A System.DateTime came through the pipeline", "must be a CodeSnippet")]
    [InlineData(
        "[System.Text.Json.JsonDocument]::Parse('{}').RootElement",
        "A System.Text.Json.JsonElement came through the pipeline",
        "ConvertFrom-Json")]
    [InlineData(", (1, 2)", "A System.Object[] came through the pipeline", "before the pipe")]
    [InlineData("$null", "$null came through the pipeline", "must be a CodeSnippet")]
    [InlineData("[pscustomobject]@{ text = 'c'; task_id = 1 }", "the field 'id' is missing", "The object has text, task_id")]
    public void Input_that_is_not_a_record_is_named_with_advice_and_can_be_skipped(string input, string problem, string advice)
    {
        _folder.WriteRecords(1);

        SessionResult result = Run($"{input} | ConvertTo-CodeEmbedding -Model $Model");
        SessionResult skipped = Run(
            $"& {{ {input}; 'x' }} | ConvertTo-CodeEmbedding -Model $Model -SkipFailed -ErrorAction SilentlyContinue");

        Assert.Equal("ValidationError", result.TerminatingId);
        Assert.StartsWith("(pipeline):1: " + problem, result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Contains(advice, result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Null(skipped.TerminatingMessage);
        Assert.Single(skipped.Output);
    }

    [Theory]
    [InlineData("Import-CodeSnippet bad.jsonl", true)]
    [InlineData("Import-CodeSnippet bad.jsonl -SkipInvalid -ErrorAction Stop", false)]
    [InlineData("Import-CodeSnippet utf16.jsonl", false)]
    [InlineData("Import-CodeEmbedding bad.jsonl", true)]
    public void Advice_names_a_switch_only_where_it_helps(string script, bool helps)
    {
        _folder.WriteLines("bad.jsonl", "{");
        File.WriteAllText(_folder.File("utf16.jsonl"), InputFiles.Record("1"), System.Text.Encoding.Unicode);

        string action = Assert.IsType<ErrorRecord>(Run(script).Terminating).ErrorDetails.RecommendedAction;

        Assert.Equal(helps, action.Contains(script.Split(' ')[0] + " -SkipInvalid", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("SilentlyContinue")]
    [InlineData("Ignore")]
    public void A_missing_file_is_not_an_error_if_errors_are_ignored_and_nothing_is_written(string action)
    {
        SessionResult result = Run(
            $"Import-CodeSnippet none.jsonl -ErrorAction {action} | ConvertTo-CodeEmbedding -Model $Model; 'after'");

        Assert.Null(result.TerminatingMessage);
        Assert.Equal("after", result.Output.Single().BaseObject);
    }

    private string Start =>
        File.ReadAllText(_folder.File("out.jsonl")) is var text
            ? text[..(text.IndexOf("\"vector\":", StringComparison.Ordinal) + 9)]
            : string.Empty;

    private string Field(params string[] names) =>
        string.Join(' ', names.Select(name => $"{InputFiles.Column(_folder.File("out.jsonl"), name).Single()}"));

    private SessionResult Run(string script) => _session.Run(script, ("Model", Repository.Fixture("tiny-roberta")));

    private void Export(string input) =>
        Assert.Null(
            Run($"& {{ {input} }} | ConvertTo-CodeEmbedding -Model $Model | Export-CodeEmbedding out.jsonl").TerminatingMessage);
}
