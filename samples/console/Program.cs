// Shows which piece of code is nearest to a question: dotnet run --project samples/console "how long is a line"
using System.Numerics.Tensors;
using CodeEmbed;
using CodeEmbed.Extensions.AI;
using Microsoft.Extensions.AI;

string[] code = ["def add(a, b): return a + b", "for line in open(path): print(len(line))", "time.sleep(2 ** attempt)"];
using var generator = new CodeEmbeddingGenerator(new EmbeddingServiceOptions { Model = "codeembed-mini" });
GeneratedEmbeddings<Embedding<float>> vectors = await generator.GenerateAsync(code);
var asQuestion = new EmbeddingGenerationOptions
{
    AdditionalProperties = new() { [CodeEmbeddingProperties.PromptKind] = CodeEmbeddingProperties.Query },
};
ReadOnlyMemory<float> question = await generator.GenerateVectorAsync(args.FirstOrDefault() ?? "add two numbers", asQuestion);
foreach ((string text, Embedding<float> vector) in code.Zip(vectors).OrderByDescending(pair => Score(pair.Second)))
    Console.WriteLine($"{Score(vector):F3} {text}");

float Score(Embedding<float> vector) => TensorPrimitives.CosineSimilarity(vector.Vector.Span, question.Span);
