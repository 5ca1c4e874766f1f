using System.Diagnostics.CodeAnalysis;
using CodeEmbed.Runs;

namespace CodeEmbed;

/// <summary>What came of one record: what was made of it, or how it was rejected.</summary>
/// <typeparam name="T">What is made of a record.</typeparam>
public sealed class Outcome<T>
    where T : class
{
    /// <summary>The outcome of a record that something was made of.</summary>
    /// <param name="value">What was made of it.</param>
    public Outcome(T value) => Value = value;

    /// <summary>The outcome of a record that was rejected.</summary>
    /// <param name="rejected">Which record, and why.</param>
    public Outcome(RejectedRecord rejected) => Rejected = rejected;

    /// <summary>What was made of the record; <see langword="null"/> where it was rejected.</summary>
    public T? Value { get; }

    /// <summary>Which record was rejected and why; <see langword="null"/> where it was not.</summary>
    public RejectedRecord? Rejected { get; }

    /// <summary>Whether the record was rejected.</summary>
    [MemberNotNullWhen(true, nameof(Rejected))]
    [MemberNotNullWhen(false, nameof(Value))]
    public bool IsRejected => Rejected is not null;
}
