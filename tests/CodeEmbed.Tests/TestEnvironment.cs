using System.Runtime.CompilerServices;

namespace CodeEmbed.Tests;

/// <summary>The environment of all tests: none reaches the real Hub, and none sees the user's cache.</summary>
internal static class TestEnvironment
{
    /// <summary>Sets the variables before the first test, for this process and its child processes.</summary>
    [ModuleInitializer]
    internal static void Set()
    {
        Environment.SetEnvironmentVariable("HF_HUB_OFFLINE", "1");
        Environment.SetEnvironmentVariable("HF_HUB_CACHE", Path.Combine(Path.GetTempPath(), "codeembed-tests-no-such-cache"));
        Environment.SetEnvironmentVariable("CODEEMBED_MODEL", null);
    }
}
