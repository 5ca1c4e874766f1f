using System.Diagnostics.CodeAnalysis;
using CodeEmbed.Runs;

namespace CodeEmbed;

/// <summary>The result for one record: the value made from it, or why it was rejected.</summary>
/// <typeparam name="T">What is made from a record.</typeparam>
public sealed class Outcome<T>
    where T : class
{
    /// <summary>The outcome of a record that was accepted.</summary>
    /// <param name="value">The value made from it.</param>
    public Outcome(T value) => Value = value;

    /// <summary>The outcome of a record that was rejected.</summary>
    /// <param name="rejected">Which record, and why.</param>
    public Outcome(RejectedRecord rejected) => Rejected = rejected;

    /// <summary>The value made from the record; <see langword="null"/> if it was rejected.</summary>
    public T? Value { get; }

    /// <summary>Which record was rejected and why; <see langword="null"/> if none was.</summary>
    public RejectedRecord? Rejected { get; }

    /// <summary>Whether the record was rejected.</summary>
    [MemberNotNullWhen(true, nameof(Rejected))]
    [MemberNotNullWhen(false, nameof(Value))]
    public bool IsRejected => Rejected is not null;
}
