// Embeds texts over HTTP: POST /embeddings {"texts": ["def add(a, b): return a + b"], "kind": "document"}
using System.Globalization;
using System.Threading.RateLimiting;
using CodeEmbed;
using CodeEmbed.Extensions.AI;
using CodeEmbed.Samples.Api;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.AI;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
ApiLimits limits = builder.Configuration.GetSection("Limits").Get<ApiLimits>() ?? new();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = limits.Bytes);

// After SIGTERM, no connection is accepted, and earlier requests are answered. Only requests that take longer are aborted.
builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(limits.ShutdownSeconds));
builder.Services.AddCodeEmbedding(new EmbeddingServiceOptions { Model = builder.Configuration["Model"] ?? "codeembed-mini" });
builder.Services.AddProblemDetails(problems => problems.CustomizeProblemDetails = context =>
    context.ProblemDetails.Detail ??= limits.Explain(context.ProblemDetails.Status));
builder.Services.AddHealthChecks();
builder.Services.AddSingleton(new ConcurrencyLimiter(new()
{
    PermitLimit = limits.AtOnce,
    QueueLimit = limits.Waiting,
    QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
}));

WebApplication app = builder.Build();
app.UseExceptionHandler();
app.UseStatusCodePages();
app.MapHealthChecks("/health");
app.MapPost("/embeddings", EmbedAsync);

// A model that cannot be loaded ends the program here, and connected clients find it loaded.
await app.Services.GetRequiredService<CodeEmbeddingGenerator>().GetRequiredService<IEmbeddingService>().LoadAsync();
await app.RunAsync();

async Task<Results<Ok<EmbeddingsResponse>, ProblemHttpResult>> EmbedAsync(
    EmbeddingsRequest request,
    CodeEmbeddingGenerator generator,
    ConcurrencyLimiter places,
    HttpResponse response,
    CancellationToken stop)
{
    if (limits.FindProblem(request) is { } problem)
        return TypedResults.Problem(problem, statusCode: StatusCodes.Status400BadRequest);

    // The whole request has been read by now, so a slow client takes no place.
    using RateLimitLease place = await places.AcquireAsync(1, stop);
    if (!place.IsAcquired)
    {
        response.Headers.RetryAfter = limits.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        return TypedResults.Problem(
            limits.Explain(StatusCodes.Status429TooManyRequests), statusCode: StatusCodes.Status429TooManyRequests);
    }

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

// A text that cannot be embedded is the caller's mistake, unless memory runs out or a run fails: that is answered with 500.
static bool IsOfRequest(Exception failure) => failure is EmbeddingOptionException
    || (failure is TextEmbeddingException { InnerException: { } reason } && reason.InnerException is null or TimeoutException);
