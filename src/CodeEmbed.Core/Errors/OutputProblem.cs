namespace CodeEmbed;

/// <summary>
///   Why an output cannot be made as the options say. Another choice of <see cref="Jsonl.JsonlWriterOptions"/> helps, or
///   another input.
/// </summary>
public enum OutputProblem
{
    /// <summary>An interrupted run left its output, and the options say neither to resume it nor to drop it.</summary>
    Unfinished,

    /// <summary>The run to resume was made with other settings, or read another input.</summary>
    MadeOtherwise,

    /// <summary>The partial file of an interrupted run cannot be resumed; it can only be dropped.</summary>
    NotResumable,

    /// <summary>The output was compressed, and the compressed data is lost; the lines are not.</summary>
    CompressedLost,

    /// <summary>The options contradict each other: an output that is added to leaves nothing to resume.</summary>
    ResumeAndAppend,

    /// <summary>The target exists, and the options say to keep it.</summary>
    Exists,

    /// <summary>The embeddings to add do not compare with those in the target.</summary>
    NotComparable,

    /// <summary>
    ///   The embeddings are from several models, or their vectors are not of one length; the target holds those from one model.
    /// </summary>
    SeveralModels,
}
