using Microsoft.Testing.Platform.Extensions.Messages;
using Microsoft.Testing.Platform.Extensions.TestFramework;
using Microsoft.Testing.Platform.Requests;

namespace CodeEmbed.PesterTests;

/// <summary>
/// Exposes the tests in tests/Pester to <c>dotnet test</c>: each It is one test. A file or block that fails, and a PowerShell or
/// Pester that does not work, is also a failed test.
/// </summary>
internal sealed class PesterFramework(TestFilter filter) : ITestFramework, IDataProducer
{
    private readonly Dictionary<string, int> _uses = [];

    /// <inheritdoc/>
    public string Uid => nameof(PesterFramework);

    /// <inheritdoc/>
    public string Version => "1.0";

    /// <inheritdoc/>
    public string DisplayName => "Pester";

    /// <inheritdoc/>
    public string Description => "Runs Pester files in a pwsh.";

    /// <inheritdoc/>
    public Type[] DataTypesProduced { get; } = [typeof(TestNodeUpdateMessage)];

    /// <inheritdoc/>
    public Task<bool> IsEnabledAsync() => Task.FromResult(true);

    /// <inheritdoc/>
    public Task<CreateTestSessionResult> CreateTestSessionAsync(CreateTestSessionContext context) =>
        Task.FromResult(new CreateTestSessionResult { IsSuccess = true });

    /// <inheritdoc/>
    public Task<CloseTestSessionResult> CloseTestSessionAsync(CloseTestSessionContext context) =>
        Task.FromResult(new CloseTestSessionResult { IsSuccess = true });

    /// <inheritdoc/>
    public async Task ExecuteRequestAsync(ExecuteRequestContext context)
    {
        var request = (TestExecutionRequest)context.Request;
        HashSet<string>? wanted =
            request.Filter is TestNodeUidListFilter list ? [.. list.TestNodeUids.Select(uid => uid.Value)] : null;
        try
        {
            using TestTurn? turn = request is RunTestExecutionRequest
                ? await TestTurn.TakeAsync(Build.Root, context.CancellationToken)
                : null;
            string[] files = [.. FindFiles().Where(filter.Takes)];
            if (files.Length == 0)
                return;

            using var process = new PesterProcess(files, filter.Name, list: request is DiscoverTestExecutionRequest);
            await foreach (PesterRecord record in process.ReadAsync(context.CancellationToken))
            {
                if (record.Kind == PesterRecordKind.File)
                    continue;

                TestNode node = MakeNode(record);
                if (wanted is null || wanted.Contains(node.Uid.Value))
                    await PublishAsync(node);
            }
        }
        catch (PesterException exception)
        {
            var failure = new PesterRecord(PesterRecordKind.Failed, "Pester", "runs all files", Message: exception.Message);
            await PublishAsync(MakeNode(failure));
        }
        finally
        {
            context.Complete();
        }

        Task PublishAsync(TestNode node) =>
            context.MessageBus.PublishAsync(this, new TestNodeUpdateMessage(request.Session.SessionUid, node));
    }

    private static string[] FindFiles()
    {
        string[] files = Directory.GetFiles(Build.Tests, "*.Tests.ps1", SearchOption.AllDirectories);
        if (files.Length == 0)
            throw new PesterException($"There are no Pester files in '{Build.Tests}'.");

        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }

    private static TestNodeStateProperty MakeState(PesterRecord record) => record.Kind switch
    {
        PesterRecordKind.Found => DiscoveredTestNodeStateProperty.CachedInstance,
        PesterRecordKind.Passed => PassedTestNodeStateProperty.CachedInstance,
        PesterRecordKind.Skipped => new SkippedTestNodeStateProperty(record.Message ?? ""),
        PesterRecordKind.Failed =>
            new FailedTestNodeStateProperty(new PesterException(record.Message ?? "It failed without a message.")),
        _ => throw new PesterException($"A result has the kind '{record.Kind}', which is not valid for a test."),
    };

    /// <summary>Creates a node. Tests with the same id, such as test cases, are distinguished by a number.</summary>
    private TestNode MakeNode(PesterRecord record)
    {
        string id = $"{record.File}: {record.Id ?? record.Name}";
        int use = _uses[id] = _uses.GetValueOrDefault(id) + 1;
        DateTimeOffset end = DateTimeOffset.UtcNow;
        TimeSpan duration = TimeSpan.FromMilliseconds(record.Milliseconds);
        var place = new LinePosition(record.Line, 0);
        return new TestNode
        {
            Uid = use == 1 ? id : $"{id} #{use}",
            DisplayName = $"{record.File}: {record.Name}",
            Properties = new PropertyBag(
                MakeState(record),
                new TestFileLocationProperty(Path.Combine(Build.Tests, record.File), new LinePositionSpan(place, place)),
                new TimingProperty(new TimingInfo(end - duration, end, duration))),
        };
    }
}
