namespace CodeEmbed.PesterTests;

/// <summary>The meaning of a line from tests/Pester/Run.ps1.</summary>
internal enum PesterRecordKind
{
    /// <summary>The tests of a file start.</summary>
    File,

    /// <summary>A test was found, and not run because a list was requested.</summary>
    Found,

    /// <summary>A test passed.</summary>
    Passed,

    /// <summary>A test, a block or a file failed.</summary>
    Failed,

    /// <summary>A test skipped itself.</summary>
    Skipped,

    /// <summary>All files were run.</summary>
    End,
}
