using System.Management.Automation;

namespace CodeEmbed.HelpBuilder;

/// <summary>The description of a cmdlet in the assembly.</summary>
/// <param name="Info">The cmdlet, as PowerShell sees it.</param>
/// <param name="Defaults">The default values of parameters, by name; plain values only.</param>
internal sealed record CmdletDescription(CmdletInfo Info, IReadOnlyDictionary<string, string> Defaults)
{
    /// <summary>The cmdlet's name.</summary>
    public string Name => Info.Name;

    /// <summary>
    ///   The parameters of one set, without the common parameters, in the order in which PowerShell shows them.
    /// </summary>
    /// <param name="set">The set.</param>
    public static IEnumerable<CommandParameterInfo> Parameters(CommandParameterSetInfo set) => set.Parameters
        .Where(parameter => !Cmdlet.CommonParameters.Contains(parameter.Name))
        .OrderBy(parameter => parameter.Position < 0 ? int.MaxValue : parameter.Position)
        .ThenBy(parameter => !parameter.IsMandatory)
        .ThenBy(parameter => Cmdlet.OptionalCommonParameters.Contains(parameter.Name));

    /// <summary>The parameters of all sets, without duplicates.</summary>
    public IEnumerable<CommandParameterInfo> Parameters() =>
        Info.ParameterSets.OrderByDescending(set => set.IsDefault).SelectMany(Parameters).DistinctBy(parameter => parameter.Name);

    /// <summary>The parameter with a name, from the first set that has it.</summary>
    /// <param name="name">The name.</param>
    public CommandParameterInfo Parameter(string name) => Parameters().Single(parameter => parameter.Name == name);
}
