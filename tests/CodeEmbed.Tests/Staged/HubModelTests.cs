using System.Diagnostics;
using System.Management.Automation;
using CodeEmbed.Tests.Hub;
using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>Models from the Hub, as a user sees them: fetched once, then used without any network call.</summary>
[Collection(Alone.Name)]
public sealed class HubModelTests : IDisposable
{
    private const string Line = "Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding | Export-CodeEmbedding out.jsonl";

    private readonly HubEnvironment _hub = new();
    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session;

    public HubModelTests()
    {
        _folder.WriteRecords(3);
        _session = new ModuleSession(_folder.Path);
    }

    public void Dispose()
    {
        _session.Run("Remove-Module CodeEmbed");
        _session.Dispose();
        _folder.Dispose();
        _hub.Dispose();
    }

    [Fact]
    public void The_default_model_is_fetched_once_and_then_needs_no_network()
    {
        SessionResult first = _session.Run(Line);
        string output = File.ReadAllText(Out);
        string[] fetched = [.. _hub.Hub.Requests.Select(request => request.Target)];
        File.Delete(Out);

        // A second session without a loaded model; the server no longer answers, and counts the requests.
        _session.Run("Remove-Module CodeEmbed");
        _hub.Hub.Intercept = _ => throw new IOException("The server is down.");
        using var session = new ModuleSession(_folder.Path);
        SessionResult second = session.Run(Line);

        Assert.Null(first.TerminatingMessage);
        Assert.Null(second.TerminatingMessage);
        Assert.Equal(output, File.ReadAllText(Out));
        Assert.Equal(fetched.Length, _hub.Hub.Requests.Count);
        Assert.DoesNotContain(
            fetched,
            target => target.Contains("tf_model", StringComparison.Ordinal) || target.Contains("flax", StringComparison.Ordinal)
                || target.Contains("README", StringComparison.Ordinal));
        Assert.All(InputFiles.Column(Out, "model_name"), name => Assert.Equal(CachedModel.Name, name.GetString()));
    }

    [Fact]
    public void A_Hub_model_gives_the_same_vectors_as_its_folder()
    {
        SessionResult result = _session.Run(
            "'x = 1' | ConvertTo-CodeEmbedding; 'x = 1' | ConvertTo-CodeEmbedding -Model microsoft/codebert-base@main; 'x = 1' "
            + "| ConvertTo-CodeEmbedding -Model $Model",
            ("Model", Repository.Fixture("tiny-roberta")));

        Assert.Null(result.TerminatingMessage);
        float[][] vectors = [.. result.Output.Select(embedding => ((CodeEmbedding)embedding.BaseObject).Vector)];
        Assert.Equal(vectors[2], vectors[0]);
        Assert.Equal(vectors[2], vectors[1]);
    }

    [Fact]
    public void A_model_can_be_saved_to_a_plain_folder()
    {
        SessionResult result = _session.Run(
            "Save-CodeEmbeddingModel -Destination model -PassThru; 'x' | ConvertTo-CodeEmbedding -Model ./model");

        Assert.Null(result.TerminatingMessage);
        Assert.Equal(_folder.File("model"), ((DirectoryInfo)result.Output[0].BaseObject).FullName);
        Assert.Equal("model", ((CodeEmbedding)result.Output[1].BaseObject).ModelName);
        Assert.All(Directory.GetFiles(_folder.File("model")), file => Assert.Null(new FileInfo(file).LinkTarget));
    }

    [Theory]
    [InlineData("Save-CodeEmbeddingModel microsoft/codebert-base, microsoft/other -Destination model")]
    [InlineData("'microsoft/codebert-base', 'microsoft/other' | Save-CodeEmbeddingModel -Destination model")]
    public void Two_models_are_not_saved_to_one_folder(string script)
    {
        _hub.Hub.Repositories["microsoft/other"] = _hub.Hub.Repositories[CachedModel.Name];

        SessionResult result = _session.Run(script);

        Assert.Equal("FileWriteError", result.TerminatingId);
        Assert.Contains("a folder holds one model", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.DoesNotContain(_hub.Hub.Requests, request => request.Target.Contains("microsoft/other", StringComparison.Ordinal));
    }

    [Fact]
    public void A_Hub_model_that_cannot_be_loaded_is_reported_by_name()
    {
        _hub.Hub.Repositories[CachedModel.Name].Add("config.json", """{"model_type":"roberta"}""");

        SessionResult result = _session.Run("'x' | ConvertTo-CodeEmbedding");

        Assert.StartsWith(
            $"The model '{CachedModel.Name}' cannot be loaded", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Equal(CachedModel.Name, Assert.IsType<ErrorRecord>(result.Terminating).TargetObject);
    }

    [Fact]
    public void A_model_that_comes_with_the_module_cannot_be_removed_from_the_cache()
    {
        SessionResult result = _session.Run("Remove-CodeEmbeddingModel codeembed-mini");

        Assert.Equal("The model 'codeembed-mini' is not in the Hub's cache.", result.Errors.Single().ErrorDetails.Message);
    }

    [Fact]
    public void A_name_that_is_invalid_on_the_Hub_does_not_end_the_pipeline()
    {
        SessionResult result = _session.Run("'codeembed-mini', 'microsoft/codebert-base' | Save-CodeEmbeddingModel -PassThru");

        Assert.Null(result.TerminatingMessage);
        Assert.Equal(CachedModel.Name, $"{Assert.Single(result.Output)}");
        Assert.Equal(
            ("ModelNotFoundError", "codeembed-mini"),
            (result.Errors.Single().FullyQualifiedErrorId.Split(',')[0], result.Errors.Single().TargetObject));
    }

    [Fact]
    public void Completed_names_are_accepted_by_the_cmdlet()
    {
        _session.Run("Save-CodeEmbeddingModel");
        using System.Management.Automation.PowerShell shell = _session.Start(string.Empty);
        shell.Commands.Clear();
        string[] Complete(string line) =>
            [.. CommandCompletion.CompleteInput(line, line.Length, null, shell).CompletionMatches.Select(
                match => match.CompletionText)];

        Assert.Equal([CachedModel.Name], Complete("Remove-CodeEmbeddingModel "));
        Assert.Single(Complete("Save-CodeEmbeddingModel "), name => name == CachedModel.Name);
        Assert.Contains("codeembed-mini", Complete("Get-CodeEmbeddingModel "));
    }

    [Fact]
    public void A_model_partly_cached_by_another_program_is_used_with_a_warning_or_not_at_all()
    {
        _session.Run("Save-CodeEmbeddingModel");
        string repository = Path.Combine(_hub.Cache, "models--microsoft--codebert-base");
        Directory.Delete(Path.Combine(repository, "trees"), recursive: true);
        File.Delete(Path.Combine(repository, ".no_exist", FakeRepository.FirstCommit, "added_tokens.json"));
        SessionResult warned = _session.Run(
            "'x' | ConvertTo-CodeEmbedding -Offline -WarningVariable warning | Out-Null; $warning");
        Directory.Delete(Path.Combine(repository, ".no_exist"), recursive: true);
        SessionResult refused = _session.Run("'x' | ConvertTo-CodeEmbedding -Offline");

        Assert.Contains("added_tokens.json cannot be known", $"{Assert.Single(warned.Output)}", StringComparison.Ordinal);
        Assert.Contains(
            "Whether modules.json belongs to it cannot be known", refused.TerminatingMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_is_neither_a_folder_nor_on_the_Hub_is_reported_as_neither()
    {
        SessionResult result = _session.Run("'x' | ConvertTo-CodeEmbedding -Model mymodel");

        Assert.Contains("no such model on the Hub", result.TerminatingMessage, StringComparison.Ordinal);
        Assert.Contains("There is not a folder of this name", result.TerminatingMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void Models_on_the_machine_are_listed_with_their_properties()
    {
        SessionResult result = _session.Run(
            "Save-CodeEmbeddingModel; Get-CodeEmbeddingModel; Get-CodeEmbeddingModel microsoft/*; Get-CodeEmbeddingModel none; "
            + "Get-CodeEmbeddingModel none*");

        Assert.Null(result.TerminatingMessage);
        PSObject[] models = [.. result.Output];
        Assert.Equal(
            ["codeembed-mini", CachedModel.Name, CachedModel.Name], models.Select(model => model.Properties["Name"].Value));
        Assert.Equal(FakeRepository.FirstCommit, models[1].Properties["Commit"].Value);
        Assert.Equal(["main"], (IEnumerable<string>)models[1].Properties["Revisions"].Value);
        Assert.Equal(("roberta", 64, 512, true), (
            (string)models[1].Properties["Architecture"].Value, (int)models[1].Properties["Dimensions"].Value,
            (int)models[1].Properties["MaxLength"].Value, (bool)models[1].Properties["IsComplete"].Value));
        Assert.Contains("pytorch_model.bin", (IEnumerable<string>)models[1].Properties["Files"].Value);
        Assert.Equal(
            ("ModelNotFoundError", "none"),
            (result.Errors.Single().FullyQualifiedErrorId.Split(',')[0], result.Errors.Single().TargetObject));
    }

    [Fact]
    public void A_newer_commit_is_requested_only_on_demand()
    {
        const string newer = "ffffffffffffffffffffffffffffffffffffffff";
        _session.Run("Save-CodeEmbeddingModel");
        FakeRepository repository = _hub.Hub.Repositories[CachedModel.Name];
        repository.Commits[newer] = new Dictionary<string, FakeFile>(repository.Files);
        repository.Revisions["main"] = newer;

        SessionResult result = _session.Run(
            "(Save-CodeEmbeddingModel -PassThru).Commit; (Save-CodeEmbeddingModel -Update -PassThru).Commit");

        Assert.Equal([FakeRepository.FirstCommit, newer], result.Output.Select(commit => (string)commit.BaseObject));
    }

    [Fact]
    public void A_model_is_removed_with_its_files()
    {
        // Two names of one commit, which is returned once.
        _hub.Hub.Repositories[CachedModel.Name].Revisions["v1"] = FakeRepository.FirstCommit;
        SessionResult result = _session.Run(
            """
            Save-CodeEmbeddingModel microsoft/codebert-base, microsoft/codebert-base@v1
            Remove-CodeEmbeddingModel microsoft/codebert-base -WhatIf
            (Get-CodeEmbeddingModel microsoft/*).Name
            Get-CodeEmbeddingModel microsoft/* | Remove-CodeEmbeddingModel
            Get-CodeEmbeddingModel microsoft/*
            Remove-CodeEmbeddingModel microsoft/codebert-base
            """);

        Assert.Equal([CachedModel.Name], result.Output.Select(name => (string)name.BaseObject));
        Assert.Equal("ModelNotFoundError", result.Errors.Single().FullyQualifiedErrorId.Split(',')[0]);
        Assert.False(Directory.Exists(Path.Combine(_hub.Cache, "models--microsoft--codebert-base")));
    }

    [Fact]
    public async Task A_fetch_shows_its_progress_and_is_cancelled_within_a_second()
    {
        _hub.Hub.Change = (request, answer) => request.IsStorage ? answer with { StallAfter = 1000 } : answer;
        using System.Management.Automation.PowerShell shell = _session.Start("'x' | ConvertTo-CodeEmbedding");
        IAsyncResult run = shell.BeginInvoke();
        while (
            !shell.Streams.Progress.Any(
                record => record.StatusDescription.Contains("pytorch_model.bin", StringComparison.Ordinal)))
            await Task.Delay(20, TestContext.Current.CancellationToken);

        var watch = Stopwatch.StartNew();
        shell.Stop();

        Promptness.Check(watch.Elapsed, TimeSpan.FromSeconds(1));
        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(run));
        Assert.InRange(shell.Streams.Progress[^1].PercentComplete, 0, 10);
    }

    [Fact]
    public void A_model_that_the_Hub_does_not_have_is_an_error_that_says_what_to_do()
    {
        SessionResult result = _session.Run("'x' | ConvertTo-CodeEmbedding -Model no/such-model");

        Assert.Equal("ModelLoadError", result.TerminatingId);
        Assert.Contains(
            "there is no such model on the Hub, or it is private", result.TerminatingMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void Models_in_the_cache_are_completed_before_models_to_download()
    {
        _session.Run("Save-CodeEmbeddingModel");
        using System.Management.Automation.PowerShell shell = _session.Start(string.Empty);
        shell.Commands.Clear();
        const string line = "ConvertTo-CodeEmbedding -Model mic";

        CompletionResult[] matches = [.. CommandCompletion.CompleteInput(line, line.Length, null, shell).CompletionMatches];

        Assert.Equal(CachedModel.Name, matches[0].CompletionText);
        Assert.Contains("on this machine", matches[0].ToolTip, StringComparison.Ordinal);
        Assert.All(matches[1..], match => Assert.Contains("on the Hub", match.ToolTip, StringComparison.Ordinal));
        Assert.Single(matches, match => match.CompletionText == CachedModel.Name);
    }

    private string Out => _folder.File("out.jsonl");
}
