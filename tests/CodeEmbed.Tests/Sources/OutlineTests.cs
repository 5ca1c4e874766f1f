using CodeEmbed.Sources.Files;
using CodeEmbed.Sources.Outlines;
using Xunit;

namespace CodeEmbed.Tests.Sources;

/// <summary>The outlines from the grammars: names, kinds and lines in each language.</summary>
public sealed class OutlineTests
{
    private static readonly TreeSitterParser Parser = new();

    [Theory]
    [InlineData("python", "@cached\nasync def a(x):\n    def b(): pass\n    return b\nclass C:\n    def d(self): ...\n",
        "function a 2-4, function b 3-3, class C 5-6, method d 6-6")]
    [InlineData("c#",
        "namespace N;\nclass C<T> where T : class\n{\n    [Pure]\n    int D(int x) => x;\n    C() { }\n}\nrecord R(int A);\n",
        "class C 2-7, method D 4-5, method C 6-6, record R 8-8")]
    [InlineData("javascript", "export function a() {}\nclass B { c() {} }\nconst d = (x) => x;\nE.f = function () {\n};\n",
        "function a 1-1, class B 2-2, method c 2-2, function d 3-3, function f 4-5")]
    [InlineData("typescript",
        "export interface A { b(): void }\nexport class C {\n  private d<T>(x: T): T { return x; }\n}\ntype E = string;\n",
        "interface A 1-1, method b 1-1, class C 2-4, method d 3-3, type E 5-5")]
    [InlineData("tsx", "export const A = () => <p>hello</p>;\n", "function A 1-1")]
    [InlineData("java", "class A {\n  @Override public String b() {\n    return \"}\";\n  }\n  A() {}\n}\nenum E { F }\n",
        "class A 1-6, method b 2-4, method A 5-5, enum E 7-7")]
    [InlineData("go", "package p\n\ntype T struct{}\n\nfunc (t *T) A() int { return 1 }\n\nfunc B() {\n}\n",
        "type T 3-3, method T.A 5-5, function B 7-8")]
    [InlineData("rust",
        "struct S;\nimpl<T> Tr for S<T> {\n    fn a(&self) {}\n}\nmod m { fn b() {} }\nmacro_rules! c { () => {} }\n",
        "struct S 1-1, impl S 2-4, method a 3-3, module m 5-5, function b 5-5, macro c 6-6")]
    [InlineData("c", "static int *a(const char *s)\n{\n    return 0;\n}\nstruct b { int c; };\n", "function a 1-4, struct b 5-5")]
    [InlineData("c++", "namespace n {\nclass A { void b() {} };\ntemplate <class T> T A::c(T x) { return x; }\n}\n",
        "namespace n 1-4, class A 2-2, method b 2-2, function A.c 3-3")]
    [InlineData("ruby", "module M\n  class C\n    def a = 1\n    def self.b\n    end\n  end\nend\n",
        "module M 1-7, class C 2-6, method a 3-3, method b 4-5")]
    [InlineData("php", "<?php\nfunction a() {}\nclass B { public function c(): int { return 1; } }\n",
        "function a 2-2, class B 3-3, method c 3-3")]
    [InlineData("swift", "struct A {\n  func b() {}\n  init() {}\n}\nfunc c() {}\n",
        "class A 1-4, method b 2-2, method init 3-3, function c 5-5")]
    [InlineData("shell", "a() {\n  echo '}'\n}\nfunction b { :; }\n", "function a 1-3, function b 4-4")]
    [InlineData("sql", "CREATE TABLE t (\n  a int\n);\nCREATE VIEW v AS SELECT a FROM t;\n", "table t 1-3, view v 4-4")]
    public void Functions_and_classes_are_found_with_their_lines(string language, string text, string expected)
    {
        SourceOutline outline = Parser.Parse(text, language, TestContext.Current.CancellationToken)!;

        Assert.Equal(expected, string.Join(", ", Describe(text, outline.Blocks)));
        Assert.False(outline.IsBroken);
    }

    [Theory]
    [InlineData("python", "# for a\n@cached\ndef a(): pass\n", 0)]
    [InlineData("python", "# of the file\n\n# for a\ndef a(): pass\n", 15)]
    [InlineData("python", "class C:\n    # for a\n    def a(self):\n        pass\n", 13)]
    [InlineData("rust", "/// for a\n#[test]\nfn a() {}\n", 0)]
    [InlineData("c#", "x();\n/// <summary>for a</summary>\nvoid a() { }\n", 5)]
    [InlineData("javascript", "/** for a */\nexport const a = () => 1;\n", 0)]
    public void Comments_and_decorators_belong_to_the_following_code(string language, string text, int lead)
    {
        SourceOutline outline = Parser.Parse(text, language, TestContext.Current.CancellationToken)!;

        Assert.Equal(lead, Find(outline.Blocks).Single(block => block.Name == "a").Lead);
    }

    [Fact]
    public void A_broken_file_has_the_functions_that_can_be_recognized()
    {
        const string text = "def a():\n    return 1\n\ndef b(:\n    retrun [\n\ndef c():\n    return 3\n";

        SourceOutline outline = Parser.Parse(text, "python", TestContext.Current.CancellationToken)!;

        Assert.True(outline.IsBroken);
        Assert.Contains(outline.Blocks, block => block.Name == "a");
    }

    [Fact]
    public void Deeply_nested_code_is_parsed_or_abandoned_without_harm()
    {
        string deep = new string('(', 200_000);

        Parser.Parse(deep, "javascript", TestContext.Current.CancellationToken);

        Assert.NotEmpty(Parser.Parse("function a() {}", "javascript", TestContext.Current.CancellationToken)!.Blocks);
    }

    [Fact]
    public async Task A_cancelled_parse_ends_at_once_and_another_one_does_not()
    {
        // A few megabytes take about a second.
        string large = string.Concat(Enumerable.Repeat("def a():\n    return [1, 2, 3]\n\n", 200_000));
        using var stop = new CancellationTokenSource();
        Task stopped = Task.Run(() => Parser.Parse(large, "python", stop.Token), TestContext.Current.CancellationToken);
        Task<SourceOutline?> other = Task.Run(
            () => Parser.Parse(large[..3_000_000], "python"), TestContext.Current.CancellationToken);
        await Task.Delay(200, TestContext.Current.CancellationToken);

        await stop.CancelAsync();
        long began = System.Diagnostics.Stopwatch.GetTimestamp();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
        Promptness.Check(System.Diagnostics.Stopwatch.GetElapsedTime(began), TimeSpan.FromSeconds(1));
        Assert.NotEmpty((await other)!.Blocks);
    }

    private static IEnumerable<SourceBlock> Find(IEnumerable<SourceBlock> blocks) =>
        blocks.SelectMany(block => Find(block.Children).Prepend(block));

    private static IEnumerable<string> Describe(string text, IEnumerable<SourceBlock> blocks)
    {
        var lines = new Cutting.TextLines(text);
        return blocks.SelectMany(block => Describe(text, block.Children).Prepend(
            block.Kind is null
                ? string.Empty
                : $"{block.Kind} {block.Name} {lines.Of(block.Start) + 1}-{lines.Of(block.End - 1) + 1}"))
            .Where(line => line.Length > 0);
    }

    [Theory]
    [InlineData("a.py", "", "python")]
    [InlineData("a.PS1", "", "powershell")]
    [InlineData("a.h", "", "c")]
    [InlineData("run", "#!/usr/bin/env python3\n", "python")]
    [InlineData("run", "#!/bin/sh -e\n", "shell")]
    [InlineData("a.unknown", "", "text")]
    public void A_language_is_recognized_by_the_name_or_the_first_line(string name, string text, string expected) =>
        Assert.Equal(expected, SourceLanguage.Find(name, text).Name);
}
