namespace CodeEmbed.PesterTests;

/// <summary>What a line of tests/Pester/Run.ps1 says.</summary>
internal enum PesterRecordKind
{
    /// <summary>The tests of a file begin.</summary>
    File,

    /// <summary>A test was found, and not run because a list was asked for.</summary>
    Found,

    /// <summary>A test passed.</summary>
    Passed,

    /// <summary>A test, a block or a file failed.</summary>
    Failed,

    /// <summary>A test was skipped by what it says itself.</summary>
    Skipped,

    /// <summary>All files were run.</summary>
    End,
}
