using CodeEmbed.Onnx;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Inspecting a model without loading it.</summary>
public sealed class OnnxModelInspectorTests : IDisposable
{
    private readonly ModelCopy _model = new();

    public void Dispose() => _model.Dispose();

    [Fact]
    public void The_values_in_the_files_are_reported()
    {
        ModelSummary summary = new OnnxModelInspector().Inspect(_model.Path);

        Assert.Equal(("roberta", 64, 512), (summary.Architecture, summary.Dimensions, summary.MaxLength));
    }

    [Fact]
    public void A_width_of_zero_is_not_reported()
    {
        _model.Configure("hidden_size", "0");

        Assert.Null(new OnnxModelInspector().Inspect(_model.Path).Dimensions);
    }

    [Fact]
    public void More_positions_for_padding_than_exist_give_no_maximum_length()
    {
        _model.Configure("pad_token_id", "2000000000");

        Assert.Null(new OnnxModelInspector().Inspect(_model.Path).MaxLength);
    }
}
