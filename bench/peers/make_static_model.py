#!/usr/bin/env python3
"""Make a random static model of the size of a real one for code: Model2Vec's layout, 256 wide, many added tokens.

usage: make_static_model.py OUT_DIR TOKENIZER.json CORPUS.jsonl [--added 43000] [--width 256]

The tokenizer is the given one, as written by bench/CodeEmbed.Bench with `real`, with names of several parts from the corpus as
added tokens, and made-up ones if there are too few. Needs only Python 3.8+.
"""
import argparse
import array
import json
import os
import random
import re
import struct


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("tokenizer")
    parser.add_argument("corpus")
    parser.add_argument("--added", type=int, default=43000)
    parser.add_argument("--width", type=int, default=256)
    args = parser.parse_args()

    with open(args.tokenizer, encoding="utf-8") as file:
        tokenizer = json.load(file)
    names = {}
    with open(args.corpus, encoding="utf-8") as file:
        for line in file:
            names.update(dict.fromkeys(re.findall(r"\w+_\w+", json.loads(line)["content"])))
    names = [name for name in names if name not in tokenizer["model"]["vocab"]][: args.added]
    names += [f"made_up_{i}" for i in range(args.added - len(names))]
    vocabulary = len(tokenizer["model"]["vocab"])
    tokenizer["post_processor"] = None
    tokenizer["added_tokens"] += [
        {"id": vocabulary + i, "content": name, "single_word": False, "lstrip": False, "rstrip": False, "normalized": True,
         "special": False}
        for i, name in enumerate(names)
    ]

    rows, generator = vocabulary + len(names), random.Random(1)
    values = array.array("f", (generator.random() - 0.5 for _ in range(rows * args.width)))
    header = json.dumps({
        "embeddings": {"dtype": "F32", "shape": [rows, args.width], "data_offsets": [0, 4 * len(values)]},
    }).encode()
    header += b" " * (-len(header) % 8)
    os.makedirs(args.out, exist_ok=True)
    with open(os.path.join(args.out, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        values.tofile(file)
    with open(os.path.join(args.out, "tokenizer.json"), "w", encoding="utf-8") as file:
        json.dump(tokenizer, file, ensure_ascii=False)
    with open(os.path.join(args.out, "config.json"), "w", encoding="utf-8") as file:
        json.dump({"model_type": "model2vec", "hidden_dim": args.width, "normalize": True}, file)


if __name__ == "__main__":
    main()
