#!/usr/bin/env python3
"""Write a RoBERTa checkpoint with CodeBERT's sizes with random weights, and the tokenizer from another model folder.

usage: make_card_model.py OUT TOKENIZER_FOLDER

12 layers, 768 wide, 12 heads, 3,072 within, 50,265 words: 124.6 M parameters, in float32. The numbers are good for speed alone:
a repeated block of random ones. Needs only Python 3.8+.
"""
import array
import json
import os
import random
import shutil
import struct
import sys

HIDDEN, INNER, LAYERS, HEADS, WORDS, POSITIONS = 768, 3072, 12, 12, 50265, 514


def shapes():
    yield "embeddings.word_embeddings.weight", (WORDS, HIDDEN)
    yield "embeddings.position_embeddings.weight", (POSITIONS, HIDDEN)
    yield "embeddings.token_type_embeddings.weight", (1, HIDDEN)
    yield from norm("embeddings.LayerNorm")
    for layer in range(LAYERS):
        part = f"encoder.layer.{layer}"
        for name in ("query", "key", "value"):
            yield from linear(f"{part}.attention.self.{name}", HIDDEN, HIDDEN)
        yield from linear(f"{part}.attention.output.dense", HIDDEN, HIDDEN)
        yield from norm(f"{part}.attention.output.LayerNorm")
        yield from linear(f"{part}.intermediate.dense", INNER, HIDDEN)
        yield from linear(f"{part}.output.dense", HIDDEN, INNER)
        yield from norm(f"{part}.output.LayerNorm")


def linear(name, outputs, inputs):
    yield f"{name}.weight", (outputs, inputs)
    yield f"{name}.bias", (outputs,)


def norm(name):
    yield f"{name}.weight", (HIDDEN,)
    yield f"{name}.bias", (HIDDEN,)


def main():
    out, tokenizer = sys.argv[1:3]
    os.makedirs(out, exist_ok=True)
    for name in os.listdir(tokenizer):
        if name.startswith(("tokenizer", "vocab", "merges", "special_tokens")):
            shutil.copy(os.path.join(tokenizer, name), out)

    config = {
        "model_type": "roberta", "architectures": ["RobertaModel"], "vocab_size": WORDS, "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "intermediate_size": INNER,
        "max_position_embeddings": POSITIONS, "type_vocab_size": 1, "hidden_act": "gelu", "layer_norm_eps": 1e-5,
        "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2, "position_embedding_type": "absolute",
    }
    with open(os.path.join(out, "config.json"), "w") as f:
        json.dump(config, f)

    # A prime length, so that the rows of a matrix differ.
    rng = random.Random(0)
    block = array.array("f", (rng.gauss(0, 0.02) for _ in range(1_000_003)))
    header, position, tensors = {}, 0, list(shapes())
    for name, shape in tensors:
        count = shape[0] * (shape[1] if len(shape) == 2 else 1)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [position, position + 4 * count]}
        position += 4 * count
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(out, "model.safetensors"), "wb") as f:
        f.write(struct.pack("<Q", len(text)))
        f.write(text)
        start = 0
        for name, shape in tensors:
            count = shape[0] * (shape[1] if len(shape) == 2 else 1)
            if "LayerNorm.weight" in name:
                array.array("f", [1.0] * count).tofile(f)
                continue
            left = count
            while left:
                piece = block[start:start + left]
                piece.tofile(f)
                left -= len(piece)
                start = (start + len(piece)) % len(block)


main()
