namespace CodeEmbed.Sources.Files;

/// <summary>The language of a file, determined by its name or its first line.</summary>
/// <param name="Name">The language, as snippets name it: in lower case, like Linguist and code data sets.</param>
/// <param name="Grammar">What parsers call it.</param>
internal sealed record SourceLanguage(string Name, string Grammar)
{
    /// <summary>Text of no known language.</summary>
    public static readonly SourceLanguage Text = Of("text");

    private static readonly Dictionary<string, SourceLanguage> ByEnding = new(StringComparer.OrdinalIgnoreCase);

    private static readonly Dictionary<string, SourceLanguage> ByName = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Rakefile"] = Of("ruby"),
        ["Gemfile"] = Of("ruby"),
        ["Dockerfile"] = Of("dockerfile"),
        ["Containerfile"] = Of("dockerfile"),
        ["Makefile"] = Of("makefile"),
        ["GNUmakefile"] = Of("makefile"),
        ["CMakeLists.txt"] = Of("cmake"),
        [".bashrc"] = Of("shell"),
        [".profile"] = Of("shell"),
    };

    // The interpreters in a script's first line.
    private static readonly (string Program, SourceLanguage Language)[] ByProgram =
    [
        ("python", Of("python")), ("pwsh", Of("powershell")), ("node", Of("javascript")), ("ruby", Of("ruby")),
        ("php", Of("php")), ("bash", Of("shell")), ("dash", Of("shell")), ("zsh", Of("shell")), ("ksh", Of("shell")),
        ("sh", Of("shell")), ("perl", Of("perl")), ("swift", Of("swift")),
    ];

    static SourceLanguage()
    {
        Add("python", ".py .pyi .pyw");
        Add("c#", ".cs .csx");
        Add("powershell", ".ps1 .psm1 .psd1");
        Add("javascript", ".js .mjs .cjs .jsx");
        Add("typescript", ".ts .mts .cts");
        Add("java", ".java");
        Add("go", ".go");
        Add("rust", ".rs");
        Add("c", ".c");
        Add("c++", ".cc .cpp .cxx .c++ .hh .hpp .hxx .h++ .ipp .inl .tpp");
        Add("ruby", ".rb .rake .gemspec");
        Add("php", ".php .phtml");
        Add("swift", ".swift");
        Add("shell", ".sh .bash .zsh .ksh");
        Add("sql", ".sql");
        Add("markdown", ".md .markdown");
        Add("restructuredtext", ".rst");
        Add("text", ".txt");
        Add("html", ".html .htm .xhtml");
        Add("css", ".css");
        Add("scss", ".scss");
        Add("less", ".less");
        Add("json", ".json .jsonc .json5");
        Add("yaml", ".yml .yaml");
        Add("toml", ".toml");
        Add("xml", ".xml .xsd .xsl .xslt .csproj .vbproj .fsproj .props .targets .ps1xml .resx .xaml .nuspec");
        Add("ini", ".ini .cfg .conf .editorconfig .properties");
        Add("kotlin", ".kt .kts");
        Add("scala", ".scala");
        Add("dart", ".dart");
        Add("lua", ".lua");
        Add("perl", ".pl .pm");
        Add("r", ".r");
        Add("julia", ".jl");
        Add("haskell", ".hs");
        Add("elixir", ".ex .exs");
        Add("erlang", ".erl .hrl");
        Add("f#", ".fs .fsx .fsi");
        Add("visual basic", ".vb");
        Add("objective-c", ".m .mm");
        Add("ocaml", ".ml .mli");
        Add("fortran", ".f .f90 .f95");
        Add("assembly", ".s .asm");
        Add("vue", ".vue");
        Add("svelte", ".svelte");
        Add("protocol buffers", ".proto");
        Add("graphql", ".graphql .gql");
        Add("batchfile", ".bat .cmd");
        Add("makefile", ".mk");
        Add("cmake", ".cmake");
        Add("tex", ".tex");
        Add("zig", ".zig");
        ByEnding.Add(".tsx", new SourceLanguage("typescript", "tsx"));

        // A header is C or C++, and the C++ grammar reads both.
        ByEnding.Add(".h", new SourceLanguage("c", "c++"));
    }

    /// <summary>Finds a file's language.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="text">Its text.</param>
    public static SourceLanguage Find(string name, string text)
    {
        if (ByName.TryGetValue(name, out SourceLanguage? named) || ByEnding.TryGetValue(Path.GetExtension(name), out named))
            return named;

        if (!text.StartsWith("#!", StringComparison.Ordinal))
            return Text;

        // #!/usr/bin/env python3, #!/bin/sh -e
        int end = text.AsSpan().IndexOfAny('\r', '\n');
        string[] words = text[2..(end < 0 ? text.Length : end)].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        string? program = words.Select(word => word[(word.LastIndexOf('/') + 1)..])
            .FirstOrDefault(word => word != "env" && !word.StartsWith('-'));
        return program is null
            ? Text
            : ByProgram.FirstOrDefault(entry => program.StartsWith(entry.Program, StringComparison.Ordinal)).Language ?? Text;
    }

    private static SourceLanguage Of(string name) => new(name, name);

    private static void Add(string name, string endings)
    {
        foreach (string ending in endings.Split(' '))
            ByEnding.Add(ending, Of(name));
    }
}
