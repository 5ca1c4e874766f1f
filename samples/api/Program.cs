// Embeds texts over HTTP: POST /embeddings {"texts": ["def add(a, b): return a + b"], "kind": "document"}
using System.Globalization;
using System.Threading.RateLimiting;
using CodeEmbed;
using CodeEmbed.Extensions.AI;
using CodeEmbed.Samples.Api;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.AI;

const string QueuePolicy = "embeddings";

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
ApiLimits limits = builder.Configuration.GetSection("Limits").Get<ApiLimits>() ?? new();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = limits.Bytes);

// After SIGTERM no connection is taken, and what was asked before is answered. Only what takes longer than this is cut off.
builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(limits.ShutdownSeconds));
builder.Services.AddCodeEmbedding(new EmbeddingServiceOptions { Model = builder.Configuration["Model"] ?? "codeembed-mini" });
builder.Services.AddProblemDetails();
builder.Services.AddHealthChecks();
builder.Services.AddRateLimiter(limiter =>
{
    limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
    limiter.OnRejected = (context, _) =>
    {
        context.HttpContext.Response.Headers.RetryAfter = limits.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        return ValueTask.CompletedTask;
    };
    limiter.AddConcurrencyLimiter(QueuePolicy, queue =>
    {
        queue.PermitLimit = limits.AtOnce;
        queue.QueueLimit = limits.Waiting;
        queue.QueueProcessingOrder = QueueProcessingOrder.OldestFirst;
    });
});

WebApplication app = builder.Build();
app.UseExceptionHandler();
app.UseStatusCodePages();
app.UseRateLimiter();
app.MapHealthChecks("/health");
app.MapPost("/embeddings", EmbedAsync).RequireRateLimiting(QueuePolicy);

// A model that cannot be loaded ends the program here, and whoever is connected finds it loaded.
await app.Services.GetRequiredService<CodeEmbeddingGenerator>().GetRequiredService<IEmbeddingService>().LoadAsync();
await app.RunAsync();

async Task<Results<Ok<EmbeddingsResponse>, ProblemHttpResult>> EmbedAsync(
    EmbeddingsRequest request, CodeEmbeddingGenerator generator, CancellationToken stop)
{
    if (limits.FindProblem(request) is { } problem)
        return TypedResults.Problem(problem, statusCode: StatusCodes.Status400BadRequest);

    try
    {
        var options = new EmbeddingGenerationOptions
        {
            AdditionalProperties = new() { [CodeEmbeddingProperties.PromptKind] = request.Kind },
        };
        return TypedResults.Ok(new EmbeddingsResponse(await generator.GenerateAsync(request.Texts!, options, stop)));
    }
    catch (Exception e) when (IsOfRequest(e))
    {
        return TypedResults.Problem(e.Message, statusCode: StatusCodes.Status400BadRequest);
    }
}

// A text that cannot be embedded is the caller's mistake, but not if memory runs out or a run fails: that is answered by 500.
static bool IsOfRequest(Exception failure) => failure is EmbeddingOptionException
    || (failure is TextEmbeddingException { InnerException: { } reason } && reason.InnerException is null or TimeoutException);
