using System.Reflection;

namespace CodeEmbed.Tests;

/// <summary>The locations of files that tests need.</summary>
internal static class Repository
{
    /// <summary>The folder of the checkout.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The models and expected values from PyTorch and Hugging Face's tokenizers.</summary>
    public static string Fixtures { get; } = Path.Combine(Root, "tests", "CodeEmbed.Tests", "Fixtures");

    /// <summary>The staged module.</summary>
    public static string StagedModule { get; } = Path.Combine(Root, "out", "CodeEmbed", Metadata("ModuleVersion"));

    /// <summary>The systems for which this build has ONNX Runtime with CUDA: <c>Linux</c>, <c>Windows</c>.</summary>
    public static string[] CudaSystems { get; } = Metadata("Cuda") switch
    {
        "All" => ["Linux", "Windows"],
        "false" => [],
        var system => [system],
    };

    /// <summary>The manifest of the staged module.</summary>
    public static string StagedManifest { get; } = Path.Combine(StagedModule, "CodeEmbed.psd1");

    /// <summary>The model included in the module.</summary>
    public static string BundledModel { get; } = Path.Combine(StagedModule, "models", "codeembed-mini");

    /// <summary>The sample input.</summary>
    public static string SampleInput { get; } = Path.Combine(Root, "samples", "snippets.jsonl");

    /// <summary>The build configuration.</summary>
    public static string Configuration { get; } = Metadata("Configuration");

    /// <summary>The host's assembly.</summary>
    public static string HostAssembly { get; } = Program("CodeEmbed.Host", "codeembed.dll");

    /// <summary>The assembly of the program that generates the help.</summary>
    public static string HelpBuilderAssembly { get; } = Program("CodeEmbed.HelpBuilder", "CodeEmbed.HelpBuilder.dll", "tools");

    /// <summary>The assembly of the program that the build runs to stage and pack.</summary>
    public static string PackagingAssembly { get; } = Program("CodeEmbed.Packaging", "CodeEmbed.Packaging.dll", "tools");

    /// <summary>The assembly of the program that kills runs and continues them.</summary>
    public static string KillTestAssembly { get; } = Program("CodeEmbed.KillTest", "CodeEmbed.KillTest.dll", "tests");

    /// <summary>The assembly of the console sample.</summary>
    public static string ConsoleSampleAssembly { get; } = Sample("console", "CodeEmbed.Samples.Console.dll");

    /// <summary>The assembly of the sample that embeds over HTTP.</summary>
    public static string ApiSampleAssembly { get; } = Sample("api", "CodeEmbed.Samples.Api.dll");

    /// <summary>The folder with the packages that the build uses.</summary>
    public static string PackageFolder { get; } = Metadata("PackageFolder");

    /// <summary>The version of the packages of ONNX Runtime.</summary>
    public static string OnnxRuntimeVersion { get; } = Metadata("OnnxRuntimeVersion");

    /// <summary>The pages from which the help is generated, and the pages on formats and models.</summary>
    public static string Docs { get; } = Path.Combine(Root, "docs");

    /// <summary>The staged module with ONNX Runtime and CUDA for a system.</summary>
    public static string StagedCuda(string system) =>
        Path.Combine(Root, "out", $"CodeEmbed.Cuda.{system}", Metadata("ModuleVersion"));

    /// <summary>A model or a file of the fixtures.</summary>
    public static string Fixture(string name) => Path.Combine(Fixtures, name);

    private static string Program(string project, string assembly, string folder = "src") =>
        Path.Combine(Root, folder, project, "bin", Configuration, $"net{Environment.Version.Major}.0", assembly);

    private static string Sample(string project, string assembly) => Program(project, assembly, "samples");

    private static string Metadata(string key) => typeof(Repository).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "CodeEmbed.psd1")))
                return folder.FullName;
        }

        throw new InvalidOperationException("The tests are not in a checkout.");
    }
}
