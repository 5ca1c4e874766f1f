using System.Reflection;
using System.Reflection.Emit;

namespace CodeEmbed.Tests.PublicSurface;

/// <summary>The types that a compiled type uses: those named in its source, and those used without naming a namespace.</summary>
/// <remarks>Constants are not found, because the compiler replaces their names with their values.</remarks>
internal static class TypeUses
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance
        | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>The first byte of two-byte opcodes: ECMA-335, III.1.2.1.</summary>
    private const byte FirstOfTwo = 0xfe;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    /// <summary>The types that a type uses: its bases, attributes and members, and the types in their code.</summary>
    public static IEnumerable<Type> Of(Type type) => Named(type).SelectMany(Parts);

    private static IEnumerable<Type?> Named(Type type) =>
    [
        type.BaseType,
        .. type.GetInterfaces(),
        .. type.GetMembers(Declared).Prepend(type).SelectMany(OfAttributes),
        .. type.GetFields(Declared).Select(field => field.FieldType),
        .. type.GetMembers(Declared).OfType<MethodBase>().SelectMany(OfMethod),
    ];

    private static IEnumerable<Type?> OfAttributes(MemberInfo member) => member.GetCustomAttributesData().SelectMany(data =>
        data.ConstructorArguments.Select(argument => argument.Value as Type).Prepend(data.AttributeType));

    private static IEnumerable<Type?> OfMethod(MethodBase method)
    {
        IEnumerable<Type?> signature =
            [(method as MethodInfo)?.ReturnType, .. method.GetParameters().Select(parameter => parameter.ParameterType)];
        return method.GetMethodBody() is not { } body
            ? signature
            : [.. signature, .. body.LocalVariables.Select(local => local.LocalType), .. OfCode(method, body)];
    }

    private static IEnumerable<Type?> OfCode(MethodBase method, MethodBody body)
    {
        foreach (ExceptionHandlingClause clause in body.ExceptionHandlingClauses)
        {
            if (clause.Flags == ExceptionHandlingClauseOptions.Clause)
                yield return clause.CatchType;
        }

        byte[] code = body.GetILAsByteArray()!;
        for (int i = 0; i < code.Length;)
        {
            short value = code[i++];
            if (value == FirstOfTwo)
                value = (short)((value << 8) | code[i++]);

            OperandType operand = OpCodesByValue[value].OperandType;
            if (operand is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
            {
                foreach (Type? used in OfMember(Resolve(method, BitConverter.ToInt32(code, i))))
                    yield return used;
            }

            i += operand switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => sizeof(byte),
                OperandType.InlineVar => sizeof(short),
                OperandType.InlineI8 or OperandType.InlineR => sizeof(long),
                OperandType.InlineSwitch => sizeof(int) * (1 + BitConverter.ToInt32(code, i)),
                _ => sizeof(int),
            };
        }
    }

    private static MemberInfo? Resolve(MethodBase method, int token) => method.Module.ResolveMember(
        token,
        method.DeclaringType!.GetGenericArguments(),
        method.IsGenericMethod ? method.GetGenericArguments() : null);

    private static IEnumerable<Type?> OfMember(MemberInfo? member) => member switch
    {
        Type type => [type],
        FieldInfo field => [field.DeclaringType, field.FieldType],
        MethodInfo called =>
            [called.DeclaringType, called.ReturnType, .. called.IsGenericMethod ? called.GetGenericArguments() : []],
        _ => [member?.DeclaringType],
    };

    /// <summary>A type without its arrays and references, and its type arguments.</summary>
    private static IEnumerable<Type> Parts(Type? type) => type switch
    {
        null or { IsGenericParameter: true } => [],
        { HasElementType: true } => Parts(type.GetElementType()),
        _ => type.GetGenericArguments().SelectMany(Parts).Prepend(type),
    };
}
