using System.Reflection;
using System.Text.RegularExpressions;
using CodeEmbed.Onnx;
using CodeEmbed.Onnx.Sessions;
using Xunit;

namespace CodeEmbed.Tests.PublicSurface;

/// <summary>Dependencies between namespaces go one way: none uses a namespace that directly or indirectly uses it.</summary>
public sealed partial class NamespaceTests
{
    /// <summary>
    ///   This namespace and its children count as one: the stages of a tokenizer and the code that reads and joins them use each
    ///   other.
    /// </summary>
    private const string Tokenizers = "CodeEmbed.Onnx.Tokenizers";

    [Theory]
    [InlineData("CodeEmbed.Core")]
    [InlineData("CodeEmbed.Extensions.AI")]
    [InlineData("CodeEmbed.Host")]
    [InlineData("CodeEmbed.Hub")]
    [InlineData("CodeEmbed.Onnx")]
    [InlineData("CodeEmbed.Postgres")]
    [InlineData("CodeEmbed.PowerShell")]
    [InlineData("CodeEmbed.Sources")]
    [InlineData("CodeEmbed.Stores")]
    public void No_namespace_imports_one_that_imports_it(string project)
    {
        Dictionary<string, HashSet<string>> imports = ReadImports(Path.Combine(Repository.Root, "src", project));

        Assert.All(imports.Keys, name => Assert.DoesNotContain(name, Reach(imports, name)));
    }

    /// <summary>A namespace also sees its parents, without importing them.</summary>
    [Theory]
    [InlineData("CodeEmbed.Core")]
    [InlineData("CodeEmbed.Extensions.AI")]
    [InlineData("CodeEmbed.Hub")]
    [InlineData("CodeEmbed.Onnx")]
    [InlineData("CodeEmbed.Postgres")]
    [InlineData("CodeEmbed.PowerShell")]
    [InlineData("CodeEmbed.Sources")]
    [InlineData("CodeEmbed.Stores")]
    public void No_namespace_uses_one_that_uses_it(string assembly)
    {
        Dictionary<string, HashSet<string>> uses = FindUses(BuiltAssembly.Load(assembly));

        Assert.All(uses.Keys, name => Assert.DoesNotContain(name, Reach(uses, name)));
    }

    [Fact]
    public void The_types_that_a_method_calls_are_found() =>
        Assert.Contains(typeof(ThreadCount), TypeUses.Of(typeof(OnnxEmbeddingService)));

    private static Dictionary<string, HashSet<string>> FindUses(Assembly assembly)
    {
        var uses = new Dictionary<string, HashSet<string>>();
        foreach (Type type in assembly.GetTypes().Where(IsOurs))
        {
            if (!uses.TryGetValue(Place(type), out HashSet<string>? used))
                uses.Add(Place(type), used = []);

            used.UnionWith(TypeUses.Of(type).Where(other => other.Assembly == assembly && IsOurs(other)).Select(Place));
            used.Remove(Place(type));
        }

        Assert.NotEmpty(uses);
        return uses;
    }

    private static bool IsOurs(Type type) => IsIn(type, "CodeEmbed");

    private static bool IsIn(Type type, string outer) =>
        type.Namespace == outer || type.Namespace?.StartsWith(outer + ".", StringComparison.Ordinal) == true;

    /// <summary>Public types are in the namespace where users expect them, so each counts separately.</summary>
    private static string Place(Type type) => type.DeclaringType is { } outer ? Place(outer)
        : type.IsPublic ? $"{type.Namespace}.{type.Name}"
        : IsIn(type, Tokenizers) ? Tokenizers
        : type.Namespace!;

    private static Dictionary<string, HashSet<string>> ReadImports(string folder)
    {
        var imports = new Dictionary<string, HashSet<string>>();
        foreach (string file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
        {
            string text = File.ReadAllText(file);
            if (Namespace().Match(text) is not { Success: true } own)
                continue;

            if (!imports.TryGetValue(own.Groups[1].Value, out HashSet<string>? imported))
                imports.Add(own.Groups[1].Value, imported = []);

            imported.UnionWith(Import().Matches(text).Select(match => match.Groups[1].Value));
        }

        Assert.NotEmpty(imports);
        return imports;
    }

    /// <summary>The direct and indirect dependencies of a namespace.</summary>
    private static HashSet<string> Reach(Dictionary<string, HashSet<string>> uses, string name)
    {
        var reached = new HashSet<string>();
        var next = new Stack<string>([name]);
        while (next.TryPop(out string? current))
        {
            foreach (string used in uses.GetValueOrDefault(current) ?? [])
            {
                if (reached.Add(used))
                    next.Push(used);
            }
        }

        return reached;
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^using (CodeEmbed[\w.]*);", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Import();
}
