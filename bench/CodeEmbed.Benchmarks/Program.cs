// The steps around the model, each compared with a program that does the same, in one run: the Ratio column is the result.
//
// usage: CodeEmbed.Benchmarks [BenchmarkDotNet's options], as: --filter '*' --job short
using BenchmarkDotNet.Running;

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
