namespace CodeEmbed.HelpBuilder;

/// <summary>The entry point of the program that the build runs.</summary>
internal static class Program
{
    private const string AboutTopicName = "about_CodeEmbed";

    /// <summary>Builds the module's help, or prints the problems in the pages.</summary>
    /// <param name="args">The manifest, the assembly of the cmdlets, the folder of the pages, and the folder to write to.</param>
    /// <returns>The exit code of the process.</returns>
    internal static int Main(string[] args)
    {
        if (args is not [string manifest, string assembly, string docs, string target])
        {
            Console.Error.WriteLine("usage: CodeEmbed.HelpBuilder <manifest> <assembly> <folder of pages> <folder to write to>");
            return 2;
        }

        var problems = new Problems();
        var cmdlets = new List<(CmdletDescription Cmdlet, HelpPage Page)>();
        foreach (CmdletDescription cmdlet in ModuleCmdlets.Load(manifest, assembly, problems))
        {
            string file = Path.Combine(docs, $"{cmdlet.Name}.md");
            if (!File.Exists(file))
            {
                problems.Add(manifest, 1, $"the manifest exports {cmdlet.Name}, which has no page '{file}'");
                continue;
            }

            HelpPage page = HelpPageReader.Read(file, problems);
            HelpPageCheck.Check(page, cmdlet, problems);
            cmdlets.Add((cmdlet, page));
        }

        string aboutFile = Path.Combine(docs, $"{AboutTopicName}.md");
        string about = File.Exists(aboutFile) ? AboutTopic.Read(aboutFile, problems) : string.Empty;
        if (about.Length == 0)
            problems.Add(manifest, 1, $"the module has no page '{aboutFile}'");

        if (problems.Report())
            return 1;

        Directory.CreateDirectory(target);
        MamlWriter.Write(Path.Combine(target, $"{Path.GetFileName(assembly)}-Help.xml"), cmdlets);
        File.WriteAllText(Path.Combine(target, $"{AboutTopicName}.help.txt"), about);
        return 0;
    }
}
