using System.Diagnostics;
using System.Globalization;
using System.Management.Automation.Language;
using System.Text.Json;
using CodeEmbed;
using CodeEmbed.Cutting;
using CodeEmbed.Outlines;
using CodeEmbed.PowerShell.Sources;
using CodeEmbed.Sources.Files;
using CodeEmbed.Sources.Outlines;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

// Functions and methods in the files named on standard input, as one JSON array per function: file, name, and the lines of its
// start, name and end.
//
// usage: CodeEmbed.Outlines ours|roslyn|powershell|speed LANGUAGE < FILES
//        CodeEmbed.Outlines check FOLDER [TOKENS]: reads a folder like Get-CodeSnippet, and checks that nothing is lost, that no
//        snippet is too long and that no id occurs twice
if (args[0] == "check")
    return SnippetCheck.Run(args[1], args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 512);

string[] files = Console.In.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
string kind = args[0], language = args[1];
using var output = new StreamWriter(Console.OpenStandardOutput());
ISourceParser parser = language == "powershell" ? new PowerShellParser() : new TreeSitterParser();
string[] texts = [.. files.Select(file => SourceText.Decode(File.ReadAllBytes(file)).Text ?? string.Empty)];
if (kind == "speed")
{
    foreach (int threads in new[] { 1, 2 })
    {
        long letters = 0;
        Parallel.ForEach(texts, new ParallelOptions { MaxDegreeOfParallelism = threads }, text => parser.Parse(text, language));
        var watch = Stopwatch.StartNew();
        Parallel.ForEach(
            texts,
            new ParallelOptions { MaxDegreeOfParallelism = threads },
            text =>
            {
                parser.Parse(text, language);
                Interlocked.Add(ref letters, text.Length);
            });
        double million = letters / 1e6;
        output.WriteLine($"{language}: {threads} threads, {million:F1} MB, {million / watch.Elapsed.TotalSeconds:F1} MB/s");
    }

    return 0;
}

int broken = 0;
foreach ((string file, string text) in files.Zip(texts))
{
    var lines = new TextLines(text);
    IEnumerable<(string Name, int Start, int NameStart, int End)> functions = kind switch
    {
        "ours" => Ours(text, lines),
        "roslyn" => OfRoslyn(text),
        "powershell" => OfPowerShell(text),
        _ => throw new ArgumentException("The first argument is not valid.", nameof(args)),
    };
    foreach ((string name, int start, int nameStart, int end) in functions)
    {
        object[] row = [file, name, lines.Of(start) + 1, lines.Of(nameStart) + 1, lines.Of(Math.Max(end - 1, start)) + 1];
        output.WriteLine(JsonSerializer.Serialize(row));
    }
}

if (broken > 0)
    Console.Error.WriteLine($"{broken} of {files.Length} files do not match the grammar of {language}");

return 0;

IEnumerable<(string, int, int, int)> Ours(string text, TextLines lines)
{
    SourceOutline? outline = parser.Parse(text, language);
    broken += outline is { IsBroken: false } ? 0 : 1;
    return outline is null ? [] : Flatten(outline.Blocks)
        .Where(block => block.Kind is "function" or "method")
        .Select(block => (block.Name!, block.Start, block.NameStart, block.End));
}

static IEnumerable<SourceBlock> Flatten(IEnumerable<SourceBlock> blocks) =>
    blocks.SelectMany(block => Flatten(block.Children).Prepend(block));

static IEnumerable<(string, int, int, int)> OfRoslyn(string text)
{
    SyntaxNode root = CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Preview)).GetRoot();
    foreach (SyntaxNode node in root.DescendantNodes())
    {
        SyntaxToken? name = node switch
        {
            MethodDeclarationSyntax method => method.Identifier,
            ConstructorDeclarationSyntax constructor => constructor.Identifier,
            DestructorDeclarationSyntax destructor => destructor.Identifier,
            LocalFunctionStatementSyntax local => local.Identifier,
            _ => null,
        };
        if (name is { } token)
            yield return (token.ValueText, node.Span.Start, token.SpanStart, node.Span.End);
    }
}

static IEnumerable<(string, int, int, int)> OfPowerShell(string text) =>
    Parser.ParseInput(text, out _, out _)
        .FindAll(node => node is FunctionDefinitionAst, searchNestedScriptBlocks: true)
        .Cast<FunctionDefinitionAst>()
        .Select(function => (
            function.Name,
            (function.Parent is FunctionMemberAst ? function.Parent : function).Extent.StartOffset,
            function.Extent.StartOffset,
            function.Extent.EndOffset));
