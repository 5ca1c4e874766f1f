using CodeEmbed.Onnx;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>What is told of a model without loading it.</summary>
public sealed class OnnxModelInspectorTests : IDisposable
{
    private readonly ModelCopy _model = new();

    public void Dispose() => _model.Dispose();

    [Fact]
    public void What_the_files_say_is_told()
    {
        ModelSummary summary = new OnnxModelInspector().Inspect(_model.Path);

        Assert.Equal(("roberta", 64, 512), (summary.Architecture, summary.Dimensions, summary.MaxLength));
    }

    [Fact]
    public void A_width_of_zero_is_not_told()
    {
        _model.Configure("hidden_size", "0");

        Assert.Null(new OnnxModelInspector().Inspect(_model.Path).Dimensions);
    }

    [Fact]
    public void More_positions_for_padding_than_there_are_is_no_maximum_length()
    {
        _model.Configure("pad_token_id", "2000000000");

        Assert.Null(new OnnxModelInspector().Inspect(_model.Path).MaxLength);
    }
}
