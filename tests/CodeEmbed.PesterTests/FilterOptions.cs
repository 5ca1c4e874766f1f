using Microsoft.Testing.Platform.CommandLine;
using Microsoft.Testing.Platform.Extensions;
using Microsoft.Testing.Platform.Extensions.CommandLine;

namespace CodeEmbed.PesterTests;

/// <summary>The options that select tests. They have xUnit's names, so that one command line works for both programs.</summary>
internal sealed class FilterOptions : ICommandLineOptionsProvider
{
    private const string File = "filter-class";
    private const string Name = "filter-method";

    /// <inheritdoc/>
    public string Uid => nameof(FilterOptions);

    /// <inheritdoc/>
    public string Version => "1.0";

    /// <inheritdoc/>
    public string DisplayName => "Filters";

    /// <inheritdoc/>
    public string Description => "Selects Pester files and tests.";

    /// <summary>The selection on the command line.</summary>
    public static TestFilter Read(ICommandLineOptions options) => new(
        options.TryGetOptionArgumentList(File, out string[]? files) ? files : [],
        options.TryGetOptionArgumentList(Name, out string[]? names) ? names[0] : null);

    /// <inheritdoc/>
    public Task<bool> IsEnabledAsync() => Task.FromResult(true);

    /// <inheritdoc/>
    public IReadOnlyCollection<CommandLineOption> GetCommandLineOptions() =>
    [
        new(File, "Files, without .Tests.ps1; * stands for any text.", ArgumentArity.OneOrMore, false),
        new(
            Name,
            "A test's name with its enclosing blocks, as 'Describe.Context.It'; * stands for any text.",
            ArgumentArity.ExactlyOne,
            false),
    ];

    /// <inheritdoc/>
    public Task<ValidationResult> ValidateOptionArgumentsAsync(CommandLineOption commandOption, string[] arguments) =>
        ValidationResult.ValidTask;

    /// <inheritdoc/>
    public Task<ValidationResult> ValidateCommandLineOptionsAsync(ICommandLineOptions commandLineOptions) =>
        ValidationResult.ValidTask;
}
