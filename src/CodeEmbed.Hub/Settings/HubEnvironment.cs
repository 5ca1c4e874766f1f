namespace CodeEmbed.Hub.Settings;

/// <summary>Reads the options from environment variables, as huggingface_hub does (its constants.py).</summary>
internal static class HubEnvironment
{
    /// <summary>Reads the options.</summary>
    /// <param name="variable">The value of a variable, or <see langword="null"/>. An empty value counts as none.</param>
    public static HubOptions Read(Func<string, string?> variable)
    {
        string? Value(string name) => variable(name) is { Length: > 0 } value ? value : null;
        string? First(params string[] names) => names.Select(Value).FirstOrDefault(value => value is not null);
        bool IsOn(string? value) => value?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";
        string Folder(string value) => Path.GetFullPath(EnvironmentPath.Expand(value, variable));

        string home = Folder(Value("HF_HOME") ?? Path.Combine(Value("XDG_CACHE_HOME") ?? "~/.cache", "huggingface"));
        bool sendToken = !IsOn(Value("HF_HUB_DISABLE_IMPLICIT_TOKEN"));
        return new HubOptions
        {
            Endpoint = First("HF_ENDPOINT")?.TrimEnd('/') ?? HubOptions.DefaultEndpoint,
            Token = sendToken ? First("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN") : null,
            TokenFile = sendToken ? Folder(Value("HF_TOKEN_PATH") ?? Path.Combine(home, "token")) : null,
            CacheFolder = Folder(First("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub")),
            Offline = IsOn(First("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")),
            UseLinks = !IsOn(Value("HF_HUB_DISABLE_SYMLINKS")),
        };
    }
}
