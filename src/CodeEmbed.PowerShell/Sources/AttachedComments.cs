using System.Management.Automation.Language;
using CodeEmbed.Cutting;

namespace CodeEmbed.PowerShell.Sources;

/// <summary>The comments of a script that belong to the code right after them.</summary>
internal sealed class AttachedComments
{
    private readonly TextLines _lines;

    // By the line after the last one of each run of comments, where the run begins.
    private readonly Dictionary<int, int> _runs = [];

    /// <summary>Finds the comments.</summary>
    public AttachedComments(TextLines lines, IEnumerable<Token> tokens)
    {
        _lines = lines;
        foreach (Token token in tokens.Where(token => token.Kind == TokenKind.Comment && lines.IsFirst(token.Extent.StartOffset)))
        {
            // One that comes right after another continues it.
            int start = _runs.GetValueOrDefault(lines.Of(token.Extent.StartOffset), token.Extent.StartOffset);
            _runs[lines.Of(token.Extent.EndOffset - 1) + 1] = start;
        }
    }

    /// <summary>Where the comments before a position begin; the position itself if no comment is before it.</summary>
    public int Before(int position) => _runs.GetValueOrDefault(_lines.Of(position), position);
}
