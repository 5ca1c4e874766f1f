#!/usr/bin/env python3
"""Embed with sentence-transformers in float16 on the card, sorted by length, at several batch sizes; print the best as JSON.

usage: peer_sentence_transformers.py MODEL IN.jsonl [--device cuda] [--dtype float16]

sentence-transformers sorts by length itself, and tokenises in its time, as CodeEmbed does. Needs torch with CUDA and
sentence-transformers.
"""
import argparse
import json
import sys
import time


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("input")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--dtype", default="float16")
    args = parser.parse_args()
    try:
        import torch
        from sentence_transformers import SentenceTransformer, models
    except ImportError as e:
        sys.exit(f"{e.name} is not installed")
    if args.device == "cuda" and not torch.cuda.is_available():
        sys.exit("torch finds no CUDA")

    with open(args.input, encoding="utf-8") as f:
        texts = [json.loads(line)["content"] for line in f if line.strip()]
    transformer = models.Transformer(args.model)
    model = SentenceTransformer(
        modules=[transformer, models.Pooling(transformer.get_word_embedding_dimension())], device=args.device)
    model = model.to(getattr(torch, args.dtype)).eval()
    trials = {}
    for size in (32, 64, 128, 256, 512):
        try:
            model.encode(texts[:2 * size], batch_size=size, normalize_embeddings=True)
            if args.device == "cuda":
                torch.cuda.synchronize()
            start = time.perf_counter()
            model.encode(texts, batch_size=size, normalize_embeddings=True)
            trials[size] = len(texts) / (time.perf_counter() - start)
        except torch.cuda.OutOfMemoryError:
            break
    best = max(trials, key=trials.get)
    print(json.dumps({
        "peer": "sentence-transformers", "precision": args.dtype, "torch": torch.__version__, "batch": best,
        "per_second": trials[best], "trials": trials,
    }))


main()
