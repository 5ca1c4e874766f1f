using System.Collections;
using System.Management.Automation;
using CodeEmbed.PowerShell.Errors;
using CodeEmbed.PowerShell.Objects;
using CodeEmbed.Search;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>Computes how near embeddings are to one: the cosine of the angle between them.</summary>
[Cmdlet(VerbsData.Compare, "CodeEmbedding")]
[OutputType(typeof(double))]
public sealed class CompareCodeEmbeddingCommand : CodeEmbedCmdlet
{
    private Side? _reference;
    private long _count;

    /// <summary>The embedding to compare with: an embedding, a result of Find-CodeSnippet, or an array of numbers.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [AllowNull]
    public object? ReferenceObject { get; set; }

    /// <summary>The values to compare with it: one of these, or several embeddings.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true)]
    [AllowNull]
    public object? DifferenceObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        _reference ??= Read(ReferenceObject);
        foreach (object? item in Items(DifferenceObject))
        {
            _count++;
            WriteObject(Compare(_reference, Read(item)));
        }
    }

    /// <summary>The embeddings of a list; an array of numbers is one vector.</summary>
    private static IEnumerable<object?> Items(object? value) =>
        Unwrap(value) is IEnumerable and not string and not IDictionary and var list && !IsVector(list)
            ? list.Cast<object?>()
            : [value];

    private static bool IsVector(object? list) => list is IEnumerable<float> or IEnumerable<double>
        || (list is IEnumerable items && items.Cast<object?>().FirstOrDefault() is { } first && IsNumber(Unwrap(first)));

    private static bool IsNumber(object? value) =>
        value is float or double or decimal or Half or int or long or short or byte or sbyte or uint or ulong or ushort;

    private static object? Unwrap(object? value) => value is PSObject { BaseObject: not PSCustomObject } wrapped
        ? wrapped.BaseObject
        : value;

    private Side Read(object? value)
    {
        object? plain = Unwrap(value);
        return plain switch
        {
            CodeMatch match => new Side(match.Embedding.Vector, match.Embedding),
            IEnumerable list when plain is not string && IsVector(list) => new Side(ReadVector(list), null),
            _ => ReadEmbedding(value),
        };
    }

    private Side ReadEmbedding(object? value)
    {
        PSObject? input = value is null ? null : PSObject.AsPSObject(value);
        CodeEmbedding? embedding = RunOrFail(() =>
        {
            CodeEmbedding? found = ReturnedObject.FindEmbedding(input, PipelinePlace.Of(_count));
            if (found is not null)
                EmbeddingValidator.Validate(found);

            return ValueTask.FromResult(found);
        });
        if (embedding is null)
            Fail(ErrorRecords.WrongInput(input?.BaseObject, WantedObject.Vector));

        return new Side(embedding.Vector, embedding);
    }

    private float[] ReadVector(IEnumerable list)
    {
        if (!LanguagePrimitives.TryConvertTo(list, out float[] vector))
            Fail(ErrorRecords.NoVector("an array holds something that is not a number."));

        if (!vector.All(float.IsFinite))
            Fail(ErrorRecords.NoVector("an array holds a NaN, an infinity, or a number too large for 32 bits."));

        return vector;
    }

    private double Compare(Side left, Side right)
    {
        if (left.Embedding is { } one && right.Embedding is { } other && one.Fingerprint != other.Fingerprint)
        {
            Fail(ErrorRecords.NotComparable(
                $"one embedding was made by {IndexException.Describe(one.ModelName, one.Fingerprint)}, and the other by "
                + $"{IndexException.Describe(other.ModelName, other.Fingerprint)}."));
        }

        if (left.Vector.Length != right.Vector.Length)
        {
            Fail(ErrorRecords.NotComparable(
                $"one vector has {left.Vector.Length} numbers, and the other {right.Vector.Length}."));
        }

        return Cosine.Of(left.Vector, right.Vector);
    }

    private sealed record Side(float[] Vector, CodeEmbedding? Embedding);
}
