using System.Text.RegularExpressions;
using Xunit;

namespace CodeEmbed.Tests.PublicSurface;

/// <summary>Arrows between namespaces run one way: none imports one that, by whatever way, imports it.</summary>
public sealed partial class NamespaceTests
{
    [Theory]
    [InlineData("CodeEmbed.Core")]
    [InlineData("CodeEmbed.PowerShell")]
    public void No_namespace_imports_one_that_imports_it(string project)
    {
        Dictionary<string, HashSet<string>> imports = ReadImports(Path.Combine(Repository.Root, "src", project));

        Assert.All(imports.Keys, name => Assert.DoesNotContain(name, Reach(imports, name)));
    }

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

    /// <summary>The namespaces that one imports, that those import, and so on.</summary>
    private static HashSet<string> Reach(Dictionary<string, HashSet<string>> imports, string name)
    {
        var reached = new HashSet<string>();
        var next = new Stack<string>([name]);
        while (next.TryPop(out string? current))
        {
            foreach (string imported in imports.GetValueOrDefault(current) ?? [])
            {
                if (reached.Add(imported))
                    next.Push(imported);
            }
        }

        return reached;
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^using (CodeEmbed[\w.]*);", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Import();
}
