using System.Globalization;
using System.IO.Compression;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using CodeEmbed.Onnx;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>The packages for C#: their content, and a program of five lines.</summary>
public sealed partial class NuGetPackageTests : IDisposable
{
    private static readonly string Version = Path.GetFileName(Repository.StagedModule);

    private static readonly string[] WithAssembly =
        ["CodeEmbed.Core", "CodeEmbed.Extensions.AI", "CodeEmbed.Hub", "CodeEmbed.Onnx"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task They_have_the_expected_content_and_a_program_of_five_lines_prints_a_vector()
    {
        await SucceedAsync(
            "msbuild",
            Path.Combine(Repository.Root, "src", "NuGetPackages.proj"),
            "-t:Pack",
            "-p:NoBuild=true",
            $"-p:Configuration={Repository.Configuration}",
            $"-p:PackageOutputPath={_folder.File("packages")}",
            "-nodeReuse:false");

        Assert.Equal(
            WithAssembly.SelectMany(id => new[] { $"{id}.{Version}.nupkg", $"{id}.{Version}.snupkg" })
                .Append($"CodeEmbed.Models.Mini.{Version}.nupkg")
                .Order(StringComparer.Ordinal),
            Directory.GetFiles(_folder.File("packages")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (string id in WithAssembly)
        {
            string[] entries = await EntriesAsync($"{id}.{Version}.nupkg");
            HashSet<string> needed = [$"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml", "README.md"];
            Assert.Superset(needed, entries.ToHashSet());
            Assert.DoesNotContain(entries, entry => entry.EndsWith(".json", StringComparison.Ordinal));
            Assert.Contains($"lib/net10.0/{id}.pdb", await EntriesAsync($"{id}.{Version}.snupkg"));
        }

        Assert.Equal(string.Empty, await DependenciesAsync("CodeEmbed.Core"));
        Assert.Equal("CodeEmbed.Core", await DependenciesAsync("CodeEmbed.Hub"));
        Assert.Equal(
            "CodeEmbed.Core Google.Protobuf Microsoft.ML.OnnxRuntime Microsoft.ML.Tokenizers System.Numerics.Tensors",
            await DependenciesAsync("CodeEmbed.Onnx"));
        Assert.Equal(
            "CodeEmbed.Core CodeEmbed.Onnx Microsoft.Extensions.AI.Abstractions "
            + "Microsoft.Extensions.DependencyInjection.Abstractions",
            await DependenciesAsync("CodeEmbed.Extensions.AI"));
        Assert.Contains("THIRD-PARTY-NOTICES.txt", await EntriesAsync($"CodeEmbed.Core.{Version}.nupkg"));

        await RunFiveLinesAsync();
    }

    /// <summary>Builds and runs the program in the package's README, in a separate folder.</summary>
    private async Task RunFiveLinesAsync()
    {
        Assert.SkipWhen(
            Directory.Exists(Path.Combine(Repository.PackageFolder, "codeembed.core", Version)),
            $"Packages of CodeEmbed {Version} are in '{Repository.PackageFolder}', and would be used instead of the new ones.");
        string readme = await File.ReadAllTextAsync(
            Path.Combine(Repository.Root, "src", "CodeEmbed.Extensions.AI", "README.md"), TestContext.Current.CancellationToken);
        string program = FirstProgram().Match(readme).Groups["code"].Value;
        Assert.Equal(5, program.Trim().Split('\n').Length);
        Directory.CreateDirectory(_folder.File("five"));
        _folder.WriteLines("five/Program.cs", program);

        // Third-party packages come from this build's folder, so that this test needs no network.
        _folder.WriteLines(
            "nuget.config",
            $"""
            <configuration>
              <packageSources><clear /><add key="here" value="packages" /></packageSources>
              <fallbackPackageFolders><clear /><add key="build" value="{Repository.PackageFolder}" /></fallbackPackageFolders>
              <config><add key="globalPackagesFolder" value="unpacked" /></config>
            </configuration>
            """);
        _folder.WriteLines(
            "five/five.csproj",
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <UseAppHost>false</UseAppHost>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="CodeEmbed.Extensions.AI" Version="{Version}" />
                <PackageReference Include="CodeEmbed.Models.Mini" Version="{Version}" />
              </ItemGroup>
            </Project>
            """);
        await SucceedAsync("build", "five", "-o", _folder.File("built"), "-nodeReuse:false");

        string output = await SucceedAsync(Path.Combine(_folder.File("built"), "five.dll"));

        float[] vector = [.. output.Trim().Split(' ').Select(number => float.Parse(number, CultureInfo.CurrentCulture))];
        using var service = new OnnxEmbeddingService(new EmbeddingServiceOptions { Model = Repository.BundledModel });
        var snippet = new CodeSnippet
        {
            Id = "1",
            FilePath = string.Empty,
            Language = string.Empty,
            Content = "def add(a, b): return a + b",
        };
        Outcome<CodeEmbedding> expected = (await service.EmbedAsync([snippet], TestContext.Current.CancellationToken))[0];
        Assert.Equal(expected.Value!.Vector, vector);
    }

    private async Task<string[]> EntriesAsync(string package)
    {
        await using ZipArchive archive = await ZipFile.OpenReadAsync(
            _folder.File($"packages/{package}"), TestContext.Current.CancellationToken);
        return [.. archive.Entries.Select(entry => entry.FullName)];
    }

    private async Task<string> DependenciesAsync(string id)
    {
        await using ZipArchive archive = await ZipFile.OpenReadAsync(
            _folder.File($"packages/{id}.{Version}.nupkg"), TestContext.Current.CancellationToken);
        await using Stream nuspec = await archive.GetEntry($"{id}.nuspec")!.OpenAsync(TestContext.Current.CancellationToken);
        return string.Join(' ', XDocument.Load(nuspec).Descendants()
            .Where(element => element.Name.LocalName == "dependency")
            .Select(element => element.Attribute("id")!.Value)
            .Order(StringComparer.Ordinal));
    }

    private async Task<string> SucceedAsync(params string[] arguments)
    {
        (int exitCode, string output, string error) = await ChildProcess.RunAsync(_folder.Path, "dotnet", arguments);
        Assert.True(exitCode == 0, output + error);
        return output;
    }

    [GeneratedRegex("^```csharp\n(?<code>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex FirstProgram();
}
