using CodeEmbed.Tests;
using Xunit;

[assembly: AssemblyFixture(typeof(TestTurnFixture))]

namespace CodeEmbed.Tests;

/// <summary>Keeps this program's turn while its tests run.</summary>
public sealed class TestTurnFixture : IAsyncLifetime
{
    private TestTurn? _turn;

    public async ValueTask InitializeAsync() => _turn = await TestTurn.TakeAsync(Repository.Root);

    public ValueTask DisposeAsync()
    {
        _turn?.Dispose();
        return ValueTask.CompletedTask;
    }
}
