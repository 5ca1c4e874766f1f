namespace CodeEmbed.KillTest;

/// <summary>When a child is killed.</summary>
internal enum KillMoment
{
    /// <summary>At any moment of a run from the beginning, including the start of the process.</summary>
    AnyTime,

    /// <summary>When the model is loaded and the finished lines are checked.</summary>
    Walking,

    /// <summary>A few batches later.</summary>
    Embedding,

    /// <summary>When the output is completed: compressed, flushed, renamed. Only the cmdlets report this moment.</summary>
    Completing,
}
