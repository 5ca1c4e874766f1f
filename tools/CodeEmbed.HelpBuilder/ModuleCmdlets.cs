using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Reflection;
using System.Runtime.Loader;

namespace CodeEmbed.HelpBuilder;

/// <summary>The cmdlets that the manifest exports, from the assembly.</summary>
internal static class ModuleCmdlets
{
    /// <summary>Loads the cmdlets.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="assembly">The assembly, with its dependencies next to it.</param>
    /// <param name="problems">Receives the names for which the assembly has no cmdlet.</param>
    public static IReadOnlyList<CmdletDescription> Load(string manifest, string assembly, Problems problems)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(assembly))!;
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            Path.Combine(folder, $"{name.Name}.dll") is var file && File.Exists(file) ? context.LoadFromAssemblyPath(file) : null;
        Dictionary<string, Type> types =
            AssemblyLoadContext.Default.LoadFromAssemblyPath(Path.GetFullPath(assembly)).GetExportedTypes()
            .Select(type => (Type: type, Cmdlet: type.GetCustomAttribute<CmdletAttribute>()))
            .Where(pair => pair.Cmdlet is not null)
            .ToDictionary(pair => $"{pair.Cmdlet!.VerbName}-{pair.Cmdlet.NounName}", pair => pair.Type);

        var cmdlets = new List<CmdletDescription>();
        foreach (string name in ExportedNames(manifest))
        {
            if (types.TryGetValue(name, out Type? type))
                cmdlets.Add(Describe(name, type));
            else
                problems.Add(manifest, 1, $"the manifest exports {name}, which the assembly does not have");
        }

        return cmdlets;
    }

    private static IEnumerable<string> ExportedNames(string manifest)
    {
        ScriptBlockAst script = Parser.ParseFile(Path.GetFullPath(manifest), out _, out _);
        var data =
            (Hashtable)((HashtableAst)script.Find(ast => ast is HashtableAst, searchNestedScriptBlocks: false)).SafeGetValue();
        return ((IEnumerable)data["CmdletsToExport"]!).Cast<string>();
    }

    private static CmdletDescription Describe(string name, Type type)
    {
        var defaults = new Dictionary<string, string>();
        object cmdlet = Activator.CreateInstance(type)!;
        using var disposable = cmdlet as IDisposable;
        foreach (PropertyInfo property in type.GetProperties().Where(property => property.IsDefined(typeof(ParameterAttribute))))
        {
            switch (property.GetValue(cmdlet))
            {
                case SwitchParameter value:
                    defaults[property.Name] = $"{value.IsPresent}";
                    break;
                case string { Length: > 0 } value:
                    defaults[property.Name] = value;
                    break;
                case ValueType value:
                    defaults[property.Name] = Convert.ToString(value, CultureInfo.InvariantCulture)!;
                    break;
            }
        }

        return new CmdletDescription(new CmdletInfo(name, type), defaults);
    }
}
