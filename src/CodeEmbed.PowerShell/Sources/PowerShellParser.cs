using System.Management.Automation.Language;
using CodeEmbed.Cutting;

namespace CodeEmbed.PowerShell.Sources;

/// <summary>Parses PowerShell with PowerShell's own parser. The text is not run.</summary>
internal sealed class PowerShellParser : ISourceParser
{
    private const string Language = "powershell";

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Languages { get; } = [Language];

    /// <inheritdoc/>
    public SourceOutline? Parse(string text, string language, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ScriptBlockAst script = Parser.ParseInput(text, out Token[] tokens, out ParseError[] errors);
        cancellationToken.ThrowIfCancellationRequested();
        var lines = new TextLines(text);
        var comments = new AttachedComments(lines, tokens);

        // From the outermost in: by the start, and for equal starts the longest first.
        Ast[] nodes =
        [
            .. script.FindAll(node => IsBlock(node, lines), searchNestedScriptBlocks: true)
                .OrderBy(node => node.Extent.StartOffset)
                .ThenByDescending(node => node.Extent.EndOffset)
                .ThenByDescending(node => Describe(node) is not null),
        ];
        int next = 0;
        return new SourceOutline(Nest(nodes, ref next, text.Length, comments), errors.Length > 0);
    }

    private static List<SourceBlock> Nest(Ast[] nodes, ref int next, int end, AttachedComments comments)
    {
        var blocks = new List<SourceBlock>();
        int last = 0;
        while (next < nodes.Length && nodes[next].Extent.StartOffset < end)
        {
            Ast node = nodes[next++];
            IScriptExtent extent = node.Extent;

            // Nodes with the same extent are one block.
            if (extent.StartOffset < last || extent.EndOffset > end)
                continue;

            while (next < nodes.Length && IsSame(nodes[next].Extent, extent))
                next++;

            (string Kind, string Name)? named = Describe(node);
            last = extent.EndOffset;
            blocks.Add(new SourceBlock
            {
                Kind = named?.Kind,
                Name = named?.Name,
                Lead = comments.Before(extent.StartOffset),
                Start = extent.StartOffset,
                End = extent.EndOffset,
                NameStart = extent.StartOffset,
                Children = Nest(nodes, ref next, extent.EndOffset, comments),
            });
        }

        return blocks;
    }

    private static bool IsSame(IScriptExtent left, IScriptExtent right) =>
        left.StartOffset == right.StartOffset && left.EndOffset == right.EndOffset;

    private static bool IsBlock(Ast node, TextLines lines) => node is not (ScriptBlockAst or NamedBlockAst)
        && (Describe(node) is not null
            || (node is StatementAst && node.Extent.EndLineNumber > node.Extent.StartLineNumber
                && lines.IsFirst(node.Extent.StartOffset)));

    private static (string Kind, string Name)? Describe(Ast node) => node switch
    {
        FunctionMemberAst method => ("method", method.Name),
        FunctionDefinitionAst { Parent: FunctionMemberAst } => null,
        FunctionDefinitionAst function => ("function", function.Name),
        TypeDefinitionAst { IsEnum: true } type => ("enum", type.Name),
        TypeDefinitionAst type => ("class", type.Name),
        _ => null,
    };
}
