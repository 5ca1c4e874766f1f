using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace CodeEmbed.PowerShell.Completion;

/// <summary>
///   Completes the names of programming languages, in lower case, as Linguist and the data sets of code models write them.
/// </summary>
internal sealed class LanguageCompleter : IArgumentCompleter
{
    // The six of CodeSearchNet, which CodeBERT was trained on, and others that are common in code.
    private static readonly string[] Languages =
    [
        "bash", "c", "c#", "c++", "css", "dart", "elixir", "erlang", "f#", "fortran", "go", "haskell", "html", "java",
        "javascript",
        "julia", "kotlin", "lua", "matlab", "objective-c", "ocaml", "perl", "php", "powershell", "python", "r", "ruby", "rust",
        "scala", "shell", "sql", "swift", "typescript",
    ];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string word = CompletionText.Unquote(wordToComplete);
        return Languages
            .Where(language => language.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .Select(language =>
                new CompletionResult(CompletionText.Quote(language), language, CompletionResultType.ParameterValue, language));
    }
}
