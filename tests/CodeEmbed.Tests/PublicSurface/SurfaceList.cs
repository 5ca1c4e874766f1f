using System.Reflection;
using System.Runtime.CompilerServices;

namespace CodeEmbed.Tests.PublicSurface;

/// <summary>
///   The public surface of an assembly, as lines of text in a fixed order: its public types, and their public and protected
///   members.
/// </summary>
internal static class SurfaceList
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance
        | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(int)] = "int",
        [typeof(long)] = "long",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
    };

    /// <summary>The lines of an assembly.</summary>
    public static string[] Of(Assembly assembly) => [.. assembly.GetExportedTypes()
        .OrderBy(type => type.FullName, StringComparer.Ordinal)
        .SelectMany(type => Members(type)
            .Order(StringComparer.Ordinal)
            .Select(member => $"{type.FullName} {member}")
            .Prepend(Declaration(type)))];

    private static string Declaration(Type type)
    {
        string kind = type.IsEnum ? "enum"
            : type.IsInterface ? "interface"
            : type.IsValueType ? "struct"
            : type.IsAbstract && type.IsSealed ? "static class"
            : type.IsAbstract ? "abstract class"
            : type.IsSealed ? "sealed class" : "class";
        IEnumerable<string> bases = type.IsEnum
            ? []
            : type.GetInterfaces().Where(face => face.IsVisible).Select(Name).Order(StringComparer.Ordinal);
        if (type.BaseType is { } parent && parent != typeof(object) && !type.IsValueType)
            bases = bases.Prepend(Name(parent));

        string list = string.Join(", ", bases);
        return $"{type.FullName}: {kind}{(list.Length > 0 ? " : " : "")}{list}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
            return Enum.GetNames(type).Select(name => $"{name} = {Convert.ToInt64(Enum.Parse(type, name), null)}");

        return type.GetMembers(Declared)
            .Where(member => !member.IsDefined(typeof(CompilerGeneratedAttribute)))
            .Select(Describe)
            .OfType<string>();
    }

    private static string? Describe(MemberInfo member) => member switch
    {
        FieldInfo field when field.IsPublic || field.IsFamily =>
            $"{Scope(field.IsStatic)}{(field.IsLiteral ? "const " : "")}{Name(field.FieldType)} {field.Name}",
        PropertyInfo property when Accessors(property) is { Length: > 0 } accessors =>
            $"{Scope(property.GetAccessors(nonPublic: true)[0].IsStatic)}{Name(property.PropertyType)} {property.Name} "
            + $"{{ {accessors}}}",
        EventInfo { AddMethod.IsPublic: true } happening => $"event {Name(happening.EventHandlerType!)} {happening.Name}",
        ConstructorInfo constructor when IsSeen(constructor) => $"new({Parameters(constructor)})",
        MethodInfo { IsSpecialName: false } method when IsSeen(method) =>
            $"{Scope(method.IsStatic)}{Name(method.ReturnType)} {method.Name}{Generic(method)}({Parameters(method)})",
        MethodInfo { IsPublic: true, IsSpecialName: true } method when method.Name.StartsWith("op_", StringComparison.Ordinal) =>
            $"static {Name(method.ReturnType)} {method.Name}({Parameters(method)})",
        _ => null,
    };

    private static string Accessors(PropertyInfo property)
    {
        string get = property.GetMethod is { } getter && IsSeen(getter) ? "get; " : "";
        if (property.SetMethod is not { } setter || !IsSeen(setter))
            return get;

        return get + (setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init; " : "set; ");
    }

    private static bool IsSeen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Scope(bool isStatic) => isStatic ? "static " : "";

    private static string Generic(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter) =>
        $"{(parameter.IsOut ? "out " : "")}{Name(parameter.ParameterType)} "
        + $"{parameter.Name}{(parameter.HasDefaultValue ? " = …" : "")}";

    private static string Name(Type type)
    {
        if (Keywords.TryGetValue(type, out string? keyword))
            return keyword;

        if (type.IsByRef)
            return Name(type.GetElementType()!);

        if (type.IsArray)
            return Name(type.GetElementType()!) + "[]";

        if (Nullable.GetUnderlyingType(type) is { } value)
            return Name(value) + "?";

        return type.IsGenericType
            ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
            : type.Name;
    }
}
