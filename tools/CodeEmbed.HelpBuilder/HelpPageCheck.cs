namespace CodeEmbed.HelpBuilder;

/// <summary>Compares a page with its cmdlet.</summary>
internal static class HelpPageCheck
{
    private const string Nothing = "None";

    /// <summary>Reports what the page lacks, and what the page has but the cmdlet does not.</summary>
    public static void Check(HelpPage page, CmdletDescription cmdlet, Problems problems)
    {
        string[] parameters = [.. cmdlet.Parameters().Select(parameter => parameter.Name)];
        foreach (string name in parameters.Except(page.Parameters.Select(item => item.Name)))
            problems.Add(page.File, page.ParametersLine, $"-{name} of {cmdlet.Name} has no text");

        foreach (HelpItem item in page.Parameters.Where(item => !parameters.Contains(item.Name)))
            problems.Add(page.File, item.Line, $"{cmdlet.Name} has no parameter -{item.Name}");

        string[] outputs = [.. cmdlet.Info.OutputType.Select(type => type.Name)];
        foreach (string name in outputs.Except(page.Outputs.Select(item => item.Name)))
            problems.Add(page.File, page.OutputsLine, $"{name}, which {cmdlet.Name} passes on, has no text");

        foreach (HelpItem item in page.Outputs.Where(item => item.Name != Nothing && !outputs.Contains(item.Name)))
            problems.Add(page.File, item.Line, $"{cmdlet.Name} does not pass on {item.Name}");
    }
}
