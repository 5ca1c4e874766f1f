// Embeds a JSON Lines file through EmbeddingPipeline, file to file, and prints one JSON line: seconds to load the model,
// seconds from the first record read to the finished output, snippets per second, and the peak of the process's memory.
//
// usage: CodeEmbed.Bench MODEL_DIR IN.jsonl OUT.jsonl [--limit N] [--batch 16] [--threads N] [--precision Float32|Int8]
//        CodeEmbed.Bench stages MODEL_DIR IN.jsonl OUT.jsonl
//        CodeEmbed.Bench int8 MODEL_DIR IN.jsonl SNIPPETS
//        CodeEmbed.Bench static MODEL_DIR IN.jsonl OUT.jsonl ROUNDS
//        CodeEmbed.Bench index RECORDS DIMENSIONS OUT.jsonl
//        CodeEmbed.Bench search INDEX.jsonl MIB
//        CodeEmbed.Bench attention LENGTH...
//        CodeEmbed.Bench duplicates INDEX.jsonl
//        CodeEmbed.Bench workers MILLISECONDS NUMBER...
//        CodeEmbed.Bench bytes FILE
//        CodeEmbed.Bench device MODEL_DIR IN.jsonl Float32|Float16 Cuda|Processor
//        CodeEmbed.Bench stores RECORDS DIMENSIONS ROUNDS FOLDER PYTHON SCRIPT
//        CodeEmbed.Bench real ASSEMBLY.dll MODEL_DIR mean|cls MAX_LENGTH
//
// stages: runs the steps of the pipeline one after the other, each alone, then the pipeline, and prints the seconds of each.
// int8: embeds in both precisions, and prints the cosines and how many of the ten nearest snippets are the same.
// static: embeds with a static model and with vectors that are already in memory, in turn, and prints the ratios of the times.
// index: writes a file of embeddings with random vectors, for find.sh.
// search: searches that file, keeping at most this many MiB of vectors, for find.sh.
// attention: prints how long kinds of attention take for sequences of these lengths, with 12 heads of 64.
// duplicates: finds the duplicates in that file, for duplicates.sh.
// workers: prints how busy the pipeline keeps this many workers, each of which only waits this long for each snippet.
// bytes: reads a file and does nothing with it, for find.sh.
// device: embeds from memory to memory on a card, or on the processor to try it, for gpu.sh.
// stores: writes and searches every kind of file, for stores.sh.
// real: creates the folder of a trained model from the assembly in its package, for compare.sh.
using CodeEmbed;
using CodeEmbed.Bench;

try
{
    if (args[0] == "stages")
        await StageTimes.MeasureAsync(args[1], args[2], args[3]);
    else if (args[0] == "int8")
        await Int8Loss.MeasureAsync(args[1..]);
    else if (args[0] == "static")
        await StaticTimes.MeasureAsync(args[1..]);
    else if (args[0] == "index")
        await Search.WriteIndexAsync(args[1..]);
    else if (args[0] == "search")
        await Search.MeasureAsync(args[1..]);
    else if (args[0] == "attention")
        AttentionTimes.Measure(args[1..]);
    else if (args[0] == "duplicates")
        await Duplicates.MeasureAsync(args[1]);
    else if (args[0] == "workers")
        await WorkerTimes.MeasureAsync(args[1..]);
    else if (args[0] == "bytes")
        Search.ReadBytes(args[1]);
    else if (args[0] == "device")
        await DeviceTimes.MeasureAsync(args[1..]);
    else if (args[0] == "stores")
        await Stores.MeasureAsync(args[1..]);
    else if (args[0] == "real")
        RealModelFolder.Write(args[1..]);
    else
        await FileToFile.MeasureAsync(args);

    return 0;
}
catch (Exception e) when (e is CodeEmbedException or IOException or UnauthorizedAccessException)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
