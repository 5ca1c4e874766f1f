namespace CodeEmbed.Sources.Grammars;

/// <summary>The grammars that come with the module, and how their trees are read.</summary>
internal static class KnownGrammars
{
    private const string Function = "function", Method = "method", Class = "class", Interface = "interface", Struct = "struct",
        Enum = "enum", Module = "module", Namespace = "namespace", Type = "type", Macro = "macro", Property = "property",
        Union = "union", Trait = "trait", Record = "record";

    private static readonly string[] JavaScriptFunctions =
        ["arrow_function", "function_expression", "generator_function", "class"];

    private static readonly Dictionary<string, string> JavaScriptNamed = new()
    {
        ["function_declaration"] = Function,
        ["generator_function_declaration"] = Function,
        ["function_expression"] = Function,
        ["generator_function"] = Function,
        ["method_definition"] = Method,
        ["class_declaration"] = Class,
        ["variable_declarator"] = Function,
        ["assignment_expression"] = Function,
        ["pair"] = Function,
        ["field_definition"] = Function,
    };

    private static readonly Dictionary<string, string[]> JavaScriptOnlyWith = new()
    {
        ["variable_declarator"] = JavaScriptFunctions,
        ["assignment_expression"] = JavaScriptFunctions,
        ["pair"] = JavaScriptFunctions,
        ["field_definition"] = JavaScriptFunctions,
        ["public_field_definition"] = JavaScriptFunctions,
    };

    private static readonly Dictionary<string, string[]> JavaScriptNames = new()
    {
        ["assignment_expression"] = ["left", "property"],
        ["pair"] = ["key"],
        ["field_definition"] = ["property"],
    };

    private static readonly HashSet<string> JavaScriptWrappers =
        ["export_statement", "lexical_declaration", "variable_declaration", "expression_statement", "ambient_declaration"];

    private static readonly Dictionary<string, string> TypeScriptNamed = new(JavaScriptNamed)
    {
        ["abstract_class_declaration"] = Class,
        ["interface_declaration"] = Interface,
        ["enum_declaration"] = Enum,
        ["type_alias_declaration"] = Type,
        ["internal_module"] = Namespace,
        ["module"] = Namespace,
        ["public_field_definition"] = Function,
        ["function_signature"] = Function,
        ["method_signature"] = Method,
        ["abstract_method_signature"] = Method,
    };

    private static readonly Dictionary<string, string> CNamed = new()
    {
        ["function_definition"] = Function,
        ["struct_specifier"] = Struct,
        ["union_specifier"] = Union,
        ["enum_specifier"] = Enum,
        ["preproc_function_def"] = Macro,
    };

    private static readonly Dictionary<string, string> COnlyWithField = new()
    {
        ["struct_specifier"] = "body",
        ["union_specifier"] = "body",
        ["enum_specifier"] = "body",
        ["class_specifier"] = "body",
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Grammar> All { get; } =
    [
        new("python", "python")
        {
            Named = new Dictionary<string, string> { ["function_definition"] = Function, ["class_definition"] = Class },
            Wrappers = new HashSet<string> { "decorated_definition" },
        },
        new("javascript", "javascript")
        {
            Named = JavaScriptNamed,
            OnlyWith = JavaScriptOnlyWith,
            NamePaths = JavaScriptNames,
            Wrappers = JavaScriptWrappers,
            Leads = new HashSet<string> { "decorator" },
        },
        new("typescript", "typescript")
        {
            Named = TypeScriptNamed,
            OnlyWith = JavaScriptOnlyWith,
            NamePaths = JavaScriptNames,
            Wrappers = JavaScriptWrappers,
            Leads = new HashSet<string> { "decorator" },
        },
        new("tsx", "tsx")
        {
            Named = TypeScriptNamed,
            OnlyWith = JavaScriptOnlyWith,
            NamePaths = JavaScriptNames,
            Wrappers = JavaScriptWrappers,
            Leads = new HashSet<string> { "decorator" },
        },
        new("java", "java")
        {
            Named = new Dictionary<string, string>
            {
                ["class_declaration"] = Class,
                ["interface_declaration"] = Interface,
                ["enum_declaration"] = Enum,
                ["record_declaration"] = Record,
                ["annotation_type_declaration"] = Interface,
                ["method_declaration"] = Method,
                ["constructor_declaration"] = Method,
                ["compact_constructor_declaration"] = Method,
            },
        },
        new("go", "go")
        {
            Named = new Dictionary<string, string>
            {
                ["function_declaration"] = Function,
                ["method_declaration"] = Method,
                ["type_spec"] = Type,
            },
            Wrappers = new HashSet<string> { "type_declaration" },
            OwnerPaths = new Dictionary<string, string[]>
            {
                ["method_declaration"] = ["receiver", ":parameter_declaration", "type", ":generic_type", ":type_identifier"],
            },
        },
        new("rust", "rust")
        {
            Named = new Dictionary<string, string>
            {
                ["function_item"] = Function,
                ["function_signature_item"] = Function,
                ["struct_item"] = Struct,
                ["enum_item"] = Enum,
                ["union_item"] = Union,
                ["trait_item"] = Trait,
                ["impl_item"] = "impl",
                ["mod_item"] = Module,
                ["macro_definition"] = Macro,
            },
            OnlyWithField = new Dictionary<string, string> { ["mod_item"] = "body" },
            NamePaths = new Dictionary<string, string[]> { ["impl_item"] = ["type", ":generic_type", ":type_identifier"] },
            Leads = new HashSet<string> { "attribute_item" },
        },
        new("c", "c")
        {
            Named = CNamed,
            OnlyWithField = COnlyWithField,
            NamePaths = new Dictionary<string, string[]> { ["function_definition"] = ["declarator", ":identifier"] },
            Wrappers = new HashSet<string> { "type_definition" },
        },
        new("c++", "cpp")
        {
            Named = new Dictionary<string, string>(CNamed)
            {
                ["class_specifier"] = Class,
                ["namespace_definition"] = Namespace,
            },
            OnlyWithField = COnlyWithField,
            NamePaths = new Dictionary<string, string[]> { ["function_definition"] = ["declarator", "name"] },
            OwnerPaths = new Dictionary<string, string[]> { ["function_definition"] = ["declarator", "scope"] },
            Wrappers = new HashSet<string> { "type_definition", "template_declaration" },
        },
        new("c#", "c-sharp")
        {
            Named = new Dictionary<string, string>
            {
                ["namespace_declaration"] = Namespace,
                ["class_declaration"] = Class,
                ["struct_declaration"] = Struct,
                ["interface_declaration"] = Interface,
                ["record_declaration"] = Record,
                ["enum_declaration"] = Enum,
                ["delegate_declaration"] = "delegate",
                ["method_declaration"] = Method,
                ["constructor_declaration"] = Method,
                ["destructor_declaration"] = Method,
                ["local_function_statement"] = Function,
                ["property_declaration"] = Property,
                ["event_declaration"] = Property,
            },
        },
        new("ruby", "ruby")
        {
            Named = new Dictionary<string, string>
            {
                ["method"] = Method,
                ["singleton_method"] = Method,
                ["class"] = Class,
                ["module"] = Module,
            },
        },
        new("php", "php")
        {
            Named = new Dictionary<string, string>
            {
                ["function_definition"] = Function,
                ["method_declaration"] = Method,
                ["class_declaration"] = Class,
                ["interface_declaration"] = Interface,
                ["trait_declaration"] = Trait,
                ["enum_declaration"] = Enum,
                ["namespace_definition"] = Namespace,
            },
            OnlyWithField = new Dictionary<string, string> { ["namespace_definition"] = "body" },
        },
        new("swift", "swift")
        {
            Named = new Dictionary<string, string>
            {
                ["function_declaration"] = Function,
                ["protocol_function_declaration"] = Method,
                ["init_declaration"] = Method,
                ["class_declaration"] = Class,
                ["protocol_declaration"] = Interface,
            },
            FixedNames = new Dictionary<string, string> { ["init_declaration"] = "init" },
        },
        new("shell", "bash")
        {
            Named = new Dictionary<string, string> { ["function_definition"] = Function },
        },
        new("sql", "sql")
        {
            Named = new Dictionary<string, string>
            {
                ["create_table"] = "table",
                ["create_view"] = "view",
                ["create_materialized_view"] = "view",
                ["create_function"] = Function,
                ["create_procedure"] = "procedure",
                ["create_trigger"] = "trigger",
                ["create_type"] = Type,
                ["create_index"] = "index",
            },
            NamePath = [":object_reference", "name"],
        },
    ];
}
