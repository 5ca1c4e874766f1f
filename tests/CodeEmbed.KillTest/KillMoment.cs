namespace CodeEmbed.KillTest;

/// <summary>When a child is killed.</summary>
internal enum KillMoment
{
    /// <summary>At any moment of a run that starts anew, from the start of the process on.</summary>
    AnyTime,

    /// <summary>When the model is loaded and the finished lines are walked over.</summary>
    Walking,

    /// <summary>Some batches later.</summary>
    Embedding,

    /// <summary>When the output is completed: compressed, flushed, renamed. Only the cmdlets say when that is.</summary>
    Completing,
}
