using CodeEmbed.RealModelTests;
using Xunit;

[assembly: AssemblyFixture(typeof(RealModels))]

namespace CodeEmbed.RealModelTests;

/// <summary>The models, each created on first use. Keeps this program's turn while its tests run.</summary>
public sealed class RealModels : IAsyncLifetime
{
    /// <summary>all-MiniLM-L6-v2.</summary>
    public const string MiniLM = "MiniLM";

    /// <summary>snowflake-arctic-embed-xs.</summary>
    public const string ArcticXs = "ArcticXs";

    private readonly Dictionary<string, RealModel> _models = [];
    private TestTurn? _turn;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _turn = await TestTurn.TakeAsync(Build.Root);

    /// <summary>Returns a model, or skips the test if the packages were left out.</summary>
    public RealModel Get(string name)
    {
        Assert.SkipUnless(Build.HasRealModels, "The property RealModels leaves the packages with the models out.");
        if (!_models.TryGetValue(name, out RealModel? model))
            _models.Add(name, model = name == MiniLM ? new RealModel(name, "mean", 256) : new RealModel(name, "cls", 512));

        return model;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        foreach (RealModel model in _models.Values)
            model.Dispose();

        _turn?.Dispose();
        return ValueTask.CompletedTask;
    }
}
