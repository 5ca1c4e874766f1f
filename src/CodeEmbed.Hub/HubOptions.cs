using CodeEmbed.Hub.Errors;
using CodeEmbed.Hub.Settings;
using CodeEmbed.Hub.Transfer;

namespace CodeEmbed.Hub;

/// <summary>The Hub's address, the access token, and the folder for its files.</summary>
public sealed record HubOptions
{
    /// <summary>The Hub's address if none is given.</summary>
    public const string DefaultEndpoint = "https://huggingface.co";

    /// <summary>The Hub's address.</summary>
    public string Endpoint { get; init; } = DefaultEndpoint;

    /// <summary>The access token; <see langword="null"/> for the one in the <see cref="TokenFile"/>.</summary>
    public string? Token { get; init; }

    /// <summary>
    ///   A file that holds the access token, read before the first request to the Hub; <see langword="null"/> for none. It
    ///   need not exist.
    /// </summary>
    public string? TokenFile { get; init; }

    /// <summary>The folder of the cache.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>
    ///   The values of <c>model_type</c> in config.json whose checkpoints can be run: for a model of another type the export to
    ///   ONNX is fetched, if it has one. <see langword="null"/> if every checkpoint can be run.
    /// </summary>
    /// <remarks><see cref="IModelInspector.ModelTypes"/> has those of an engine.</remarks>
    public IReadOnlyCollection<string>? ModelTypes { get; init; }

    /// <summary>Whether to use only the cache.</summary>
    public bool Offline { get; init; }

    /// <summary>Whether to use symbolic links if the platform supports them; otherwise files are moved or copied.</summary>
    public bool UseLinks { get; init; } = true;

    /// <summary>How long to wait, and how often to try again.</summary>
    internal TransferLimits Limits { get; init; } = new();

    /// <summary>Reads the options from the variables that Hugging Face's own programs read.</summary>
    /// <remarks>
    ///   HF_ENDPOINT, HF_TOKEN, HF_TOKEN_PATH, HF_HUB_DISABLE_IMPLICIT_TOKEN, HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME,
    ///   XDG_CACHE_HOME, HF_HUB_OFFLINE and HF_HUB_DISABLE_SYMLINKS, and their older names that huggingface_hub still
    ///   reads.
    /// </remarks>
    public static HubOptions FromEnvironment() => FromVariables(Environment.GetEnvironmentVariable);

    /// <summary>Reads the options from variables, as huggingface_hub does (its constants.py).</summary>
    /// <param name="variable">The value of a variable, or <see langword="null"/>. An empty value counts as none.</param>
    internal static HubOptions FromVariables(Func<string, string?> variable)
    {
        string? Value(string name) => variable(name) is { Length: > 0 } value ? value : null;
        string? First(params string[] names) => names.Select(Value).FirstOrDefault(value => value is not null);
        bool IsOn(string? value) => value?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";
        string Folder(string value) => Path.GetFullPath(EnvironmentPath.Expand(value, variable));

        string home = Folder(Value("HF_HOME") ?? Path.Combine(Value("XDG_CACHE_HOME") ?? "~/.cache", "huggingface"));
        bool sendToken = !IsOn(Value("HF_HUB_DISABLE_IMPLICIT_TOKEN"));
        return new HubOptions
        {
            Endpoint = First("HF_ENDPOINT")?.TrimEnd('/') ?? DefaultEndpoint,
            Token = sendToken ? First("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN") : null,
            TokenFile = sendToken ? Folder(Value("HF_TOKEN_PATH") ?? Path.Combine(home, "token")) : null,
            CacheFolder = Folder(First("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub")),
            Offline = IsOn(First("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")),
            UseLinks = !IsOn(Value("HF_HUB_DISABLE_SYMLINKS")),
        };
    }

    /// <summary>The options without the token, and without a password in the address.</summary>
    public override string ToString() => $"{nameof(HubOptions)} "
        + $"{{ Endpoint = {HubSecrets.RemoveFromAddress(Endpoint)}, CacheFolder = {CacheFolder}, Offline = {Offline} }}";
}
