using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace CodeEmbed.PowerShell.Completion;

/// <summary>Completes the ways of pooling, but for those that are there already.</summary>
public sealed class PoolingCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string word = CompletionText.Unquote(wordToComplete);
        HashSet<string> given = Given(commandAst, parameterName);
        given.Remove(word);
        return Enum.GetValues<EmbeddingPooling>()
            .Where(pooling => pooling != EmbeddingPooling.None)
            .Select(pooling => pooling.ToString())
            .Where(name => name.StartsWith(word, StringComparison.OrdinalIgnoreCase) && !given.Contains(name))
            .Select(name => new CompletionResult(name, name, CompletionResultType.ParameterValue, name));
    }

    /// <summary>What is written behind the parameter, up to the next one.</summary>
    private static HashSet<string> Given(CommandAst command, string parameter)
    {
        IEnumerable<string> written = command.CommandElements
            .SkipWhile(element => element is not CommandParameterAst { ParameterName: var name } || !parameter.StartsWith(name, StringComparison.OrdinalIgnoreCase))
            .Skip(1)
            .TakeWhile(element => element is not CommandParameterAst)
            .Select(element => element.Extent.Text);
        return new HashSet<string>(
            string.Join(',', written).Split([',', ' ', '(', ')', '@', '\'', '"'], StringSplitOptions.RemoveEmptyEntries), StringComparer.OrdinalIgnoreCase);
    }
}
