using CodeEmbed.Cutting;
using Xunit;

namespace CodeEmbed.Tests.Sources;

/// <summary>Where files are cut. The outlines are given, so that no grammar is involved.</summary>
public sealed class SnippetCutterTests
{
    [Theory]
    [InlineData(16)]
    [InlineData(40)]
    [InlineData(512)]
    public void The_pieces_together_are_the_file_and_none_is_too_long(int maxLength)
    {
        string text =
            string.Concat(Enumerable.Range(0, 60).Select(line => $"{new string(' ', line % 7)}value{line} = {line}\r\n\n"))
            + "a last line without an end, longer than all the others are: " + new string('x', 400);
        SourceBlock inner = Block(text, "inner", 200, 420);
        SourceBlock outer = Block(text, "outer", 100, 600, inner);

        IReadOnlyList<Piece> pieces = Cut(text, maxLength, outer, Block(text, "next", 600, 640));

        Assert.Equal(text, string.Concat(pieces.Select(piece => text[piece.Start..piece.End])));
        Assert.All(
            pieces,
            piece => Assert.InRange(Count(text.AsSpan()[piece.Start..piece.End]), 1, maxLength));
    }

    [Fact]
    public void A_function_has_its_comments_and_the_blank_lines_after_it()
    {
        string text = Lines("import all_that_is_used", "", "# what it is for", "def first():", "  return 1", "", "x = 1");
        int lead = text.IndexOf('#'), start = text.IndexOf("def", StringComparison.Ordinal);
        var block = new SourceBlock
        {
            Kind = "function",
            Name = "first",
            Lead = lead,
            Start = start,
            End = text.IndexOf("\n\nx", StringComparison.Ordinal),
            NameStart = start,
        };

        IReadOnlyList<Piece> pieces = Cut(text, 20, block);

        Assert.Equal(
            ["import all_that_is_used\n\n", "# what it is for\ndef first():\n  return 1\n\n", "x = 1\n"],
            pieces.Select(piece => text[piece.Start..piece.End]));
    }

    [Fact]
    public void A_function_that_is_too_long_is_cut_at_its_blocks_and_keeps_its_name()
    {
        string[] body = [.. Enumerable.Range(0, 40).Select(number => $"    call_number({number})")];
        string text = Lines(["def long():", .. body]);
        int middle = text.IndexOf("    call_number(20)", StringComparison.Ordinal);
        SourceBlock inner = new() { Lead = middle, Start = middle, End = text.Length - 1, NameStart = middle };

        IReadOnlyList<Piece> pieces = Cut(text, 240, Block(text, "long", 0, text.Length - 1, inner));

        Assert.Contains(pieces, piece => piece.Start == middle);
        Assert.All(pieces, piece => Assert.Equal("long", Assert.Single(piece.Names).Name));
        Assert.All(pieces, piece => Assert.True(piece.IsPart));
    }

    [Fact]
    public void A_character_of_two_code_units_is_not_split()
    {
        string text = string.Concat(Enumerable.Repeat("\U0001F600", 200));

        IReadOnlyList<Piece> pieces = Cut(text, 16);

        Assert.Equal(text, string.Concat(pieces.Select(piece => text[piece.Start..piece.End])));
        Assert.All(pieces, piece => Assert.False(char.IsLowSurrogate(text[piece.Start])));
    }

    [Fact]
    public void An_id_consists_of_path_name_and_occurrence_and_does_not_change_with_lines_above()
    {
        string[] code = ["def twice():", "    return 1", "def twice():", "    return 2", "def other():", "    return 3"];

        IReadOnlyList<CodeSnippet> before = Snippets(Lines(code));
        IReadOnlyList<CodeSnippet> after = Snippets(Lines(["# a line", "# and another", "", .. code]));

        Assert.Equal(["src/a.py#twice", "src/a.py#twice~2", "src/a.py#other"], before.Select(snippet => snippet.Id));
        Assert.Equal(before.Select(snippet => snippet.Id), after.Skip(1).Select(snippet => snippet.Id));
        Assert.Equal(
            [(4L, 5L), (6L, 7L), (8L, 9L)],
            after.Skip(1).Select(snippet => ((long)snippet.Metadata!["start_line"]!, (long)snippet.Metadata["end_line"]!)));
    }

    [Fact]
    public void A_line_ends_with_LF_CRLF_or_CR()
    {
        var lines = new TextLines("a\nb\r\nc\rd");

        Assert.Equal([0, 2, 5, 7], Enumerable.Range(0, lines.Count).Select(lines.Start));
        Assert.Equal([0, 0, 1, 1, 1, 2, 2, 3], Enumerable.Range(0, 8).Select(lines.Of));
    }

    private static IReadOnlyList<CodeSnippet> Snippets(string text)
    {
        var lines = new TextLines(text);
        var blocks = new List<SourceBlock>();
        for (int at = text.IndexOf("def", StringComparison.Ordinal); at >= 0;)
        {
            int next = text.IndexOf("def", at + 1, StringComparison.Ordinal);
            string name = text[(at + 4)..text.IndexOf('(', at)];
            blocks.Add(Block(text, name, at, (next < 0 ? text.Length : next) - 1));
            at = next;
        }

        // So small that no two of them are merged.
        var cutter = new SnippetCutter(lines, new EstimatedTokens(16), 16, CancellationToken.None);
        return new CutFile("/src/a.py", "src/a.py", "python", "0").Make(lines, cutter.Cut(blocks), CutFile.WithoutName);
    }

    private static IReadOnlyList<Piece> Cut(string text, int maxLength, params SourceBlock[] blocks) =>
        new SnippetCutter(new TextLines(text), new EstimatedTokens(maxLength), maxLength, CancellationToken.None).Cut(blocks);

    private static int Count(ReadOnlySpan<char> text) =>
        new EstimatedTokens(16).Count(text, TestContext.Current.CancellationToken);

    private static SourceBlock Block(string text, string name, int start, int end, params SourceBlock[] children) => new()
    {
        Kind = "function",
        Name = name,
        Lead = start,
        Start = start,
        End = Math.Min(end, text.Length),
        NameStart = start,
        Children = children,
    };

    private static string Lines(params string[] lines) => string.Concat(lines.Select(line => line + "\n"));
}
