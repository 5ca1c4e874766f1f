using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Text.Json.Nodes;

namespace CodeEmbed.Windows;

/// <summary>Runs an assembly in this process as a program.</summary>
internal static class AssemblyRun
{
    private static readonly string[] Platforms = ["win-x64", "win"];

    /// <summary>Runs the assembly until it exits.</summary>
    /// <returns>Its exit code.</returns>
    public static int Run(string path, string[] arguments)
    {
        string folder = Path.GetDirectoryName(path)!;
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            FindFile(folder, "lib", name.Name + ".dll") is { } file ? context.LoadFromAssemblyPath(file) : null;
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) =>
            FindFile(folder, "native", Path.ChangeExtension(name, ".dll")) is { } file ? NativeLibrary.Load(file) : 0;

        // The values that dotnet sets: the repository's programs use them to find the staged module.
        AppContext.SetData("APP_CONTEXT_BASE_DIRECTORY", folder + Path.DirectorySeparatorChar);
        SetProperties(Path.ChangeExtension(path, ".runtimeconfig.json"));

        Assembly assembly = AssemblyLoadContext.Default.LoadFromAssemblyPath(path);
        Assembly.SetEntryAssembly(assembly);
        SetCommandLine([path, .. arguments]);
        MethodInfo main = assembly.EntryPoint ?? throw new InvalidOperationException($"'{path}' is not a program.");
        object?[]? values = main.GetParameters().Length == 0 ? null : [arguments];
        return main.Invoke(null, BindingFlags.DoNotWrapExceptions, null, values, null) is int code ? code : Environment.ExitCode;
    }

    // The value of Environment.GetCommandLineArgs; the runtime's own hosts set it when they start.
    private static void SetCommandLine(string[] line) =>
        typeof(Environment).GetField("s_commandLineArgs", BindingFlags.NonPublic | BindingFlags.Static)!.SetValue(null, line);

    private static void SetProperties(string file)
    {
        JsonNode? properties = JsonNode.Parse(File.ReadAllText(file))?["runtimeOptions"]?["configProperties"];
        foreach ((string name, JsonNode? value) in properties?.AsObject() ?? [])
            AppContext.SetData(name, value?.ToString());
    }

    // A build places platform-specific files under runtimes, and all others next to the assembly.
    private static string? FindFile(string folder, string kind, string name)
    {
        string beside = Path.Combine(folder, name), runtimes = Path.Combine(folder, "runtimes");
        if (File.Exists(beside))
            return beside;

        return Platforms
            .Select(platform => Path.Combine(runtimes, platform, kind))
            .Where(Directory.Exists)
            .SelectMany(found => Directory.EnumerateFiles(found, name, SearchOption.AllDirectories))
            .FirstOrDefault();
    }
}
