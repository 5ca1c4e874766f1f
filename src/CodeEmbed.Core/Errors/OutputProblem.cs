namespace CodeEmbed;

/// <summary>
///   Why an output cannot be made as it was asked for. What helps is another of the <see cref="Jsonl.JsonlWriterOptions"/>, or
///   another input.
/// </summary>
public enum OutputProblem
{
    /// <summary>An interrupted run left its output, and the options say neither to resume it nor to drop it.</summary>
    Unfinished,

    /// <summary>The run resumes one that was made with something else, or that read something else.</summary>
    MadeOtherwise,

    /// <summary>What an interrupted run left cannot be resumed; it can only be dropped.</summary>
    NotResumable,

    /// <summary>The output was compressed, and what was compressed is lost; the lines are not.</summary>
    CompressedLost,

    /// <summary>The options contradict each other: an output that is added to leaves nothing to resume.</summary>
    ResumeAndAppend,

    /// <summary>The target is there, and the options say that it stays.</summary>
    Exists,

    /// <summary>What is to be added does not compare with what is in the target.</summary>
    NotComparable,
}
