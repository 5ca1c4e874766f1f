using System.Globalization;
using System.Management.Automation;
using System.Xml.Linq;
using Microsoft.PowerShell;

namespace CodeEmbed.HelpBuilder;

/// <summary>Writes MAML, the XML that Get-Help reads.</summary>
internal static class MamlWriter
{
    private static readonly XNamespace Msh = "http://msh";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>Writes the help for cmdlets.</summary>
    public static void Write(string file, IEnumerable<(CmdletDescription Cmdlet, HelpPage Page)> cmdlets)
    {
        var items = new XElement(
            Msh + "helpItems", new XAttribute("schema", "maml"), cmdlets.Select(pair => Describe(pair.Cmdlet, pair.Page)));
        new XDocument(items).Save(file);
    }

    private static XElement Describe(CmdletDescription cmdlet, HelpPage page) => new(
        Command + "command",
        new XAttribute(XNamespace.Xmlns + "maml", Maml),
        new XAttribute(XNamespace.Xmlns + "command", Command),
        new XAttribute(XNamespace.Xmlns + "dev", Dev),
        new XElement(
            Command + "details",
            new XElement(Command + "name", cmdlet.Name),
            new XElement(Command + "verb", cmdlet.Info.Verb),
            new XElement(Command + "noun", cmdlet.Info.Noun),
            new XElement(Maml + "description", new XElement(Maml + "para", page.Synopsis))),
        new XElement(Maml + "description", Paragraphs(page.Description)),
        new XElement(
            Command + "syntax",
            cmdlet.Info.ParameterSets.OrderByDescending(set => set.IsDefault).Select(set => new XElement(
                Command + "syntaxItem",
                new XElement(Maml + "name", cmdlet.Name),
                CmdletDescription.Parameters(set).Select(parameter => Describe(parameter, cmdlet, page))))),
        new XElement(Command + "parameters", page.Parameters.Select(item => Describe(cmdlet.Parameter(item.Name), cmdlet, page))),
        new XElement(Command + "inputTypes", page.Inputs.Select(item => Describe(Command + "inputType", item))),
        new XElement(Command + "returnValues", page.Outputs.Select(item => Describe(Command + "returnValue", item))),
        new XElement(Maml + "alertSet", new XElement(Maml + "alert", Paragraphs(page.Notes))),
        new XElement(Command + "examples", page.Examples.Select(Describe)),
        new XElement(Command + "relatedLinks", page.RelatedLinks.Select(link => new XElement(
            Maml + "navigationLink", new XElement(Maml + "linkText", link), new XElement(Maml + "uri")))));

    private static XElement Describe(CommandParameterInfo parameter, CmdletDescription cmdlet, HelpPage page)
    {
        Type type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        bool isSwitch = type == typeof(SwitchParameter);
        return new XElement(
            Command + "parameter",
            new XAttribute("required", parameter.IsMandatory),
            new XAttribute("variableLength", type.IsArray),
            new XAttribute("globbing", parameter.Attributes.OfType<SupportsWildcardsAttribute>().Any()),
            new XAttribute("pipelineInput", PipelineInput(parameter)),
            new XAttribute(
                "position", parameter.Position < 0 ? "named" : parameter.Position.ToString(CultureInfo.InvariantCulture)),
            new XAttribute("aliases", parameter.Aliases is [] ? "none" : string.Join(", ", parameter.Aliases)),
            new XElement(Maml + "name", parameter.Name),
            new XElement(Maml + "description", Paragraphs(page.Parameters.Single(item => item.Name == parameter.Name).Text)),

            // If there is a value, Get-Help prints it in the syntax; a switch has none.
            isSwitch ? null : Value(TypeName(type), required: true, variableLength: type.IsArray),
            type.IsEnum
                ? new XElement(
                    Command + "parameterValueGroup",
                    Enum.GetNames(type).Select(name => Value(name, required: false, variableLength: false)))
                : null,
            new XElement(Dev + "type", new XElement(Maml + "name", TypeName(type)), new XElement(Maml + "uri")),
            new XElement(Dev + "defaultValue", cmdlet.Defaults.GetValueOrDefault(parameter.Name)));
    }

    private static XElement Value(string text, bool required, bool variableLength) => new(
        Command + "parameterValue", new XAttribute("required", required), new XAttribute("variableLength", variableLength), text);

    private static string PipelineInput(CommandParameterInfo parameter) =>
        (parameter.ValueFromPipeline, parameter.ValueFromPipelineByPropertyName) switch
    {
        (true, true) => "True (ByValue, ByPropertyName)",
        (true, false) => "True (ByValue)",
        (false, true) => "True (ByPropertyName)",
        _ => "False",
    };

    /// <summary>The name of a type as PowerShell prints it: string[], int, CodeEmbed.EmbeddingDevice.</summary>
    private static string TypeName(Type type) => ToStringCodeMethods.Type(PSObject.AsPSObject(type));

    private static XElement Describe(XName element, HelpItem item) => new(
        element,
        new XElement(Dev + "type", new XElement(Maml + "name", item.Name), new XElement(Maml + "uri")),
        new XElement(Maml + "description", Paragraphs(item.Text)));

    private static XElement Describe(HelpExample example) => new(
        Command + "example",
        new XElement(Maml + "title", $"-------- {example.Title} --------"),
        new XElement(Dev + "code", example.Code),

        // Get-Help itself prints nothing between two examples.
        new XElement(Dev + "remarks", Paragraphs(example.Text), new XElement(Maml + "para")));

    private static IEnumerable<XElement> Paragraphs(IReadOnlyList<TextBlock> text) => text.Select(block => new XElement(
        Maml + "para",
        string.Join('\n', block.Kind == TextBlockKind.Code ? block.Lines.Select(line => $"    {line}") : block.Lines)));
}
