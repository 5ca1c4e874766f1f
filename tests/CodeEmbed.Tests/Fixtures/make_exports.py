#!/usr/bin/env python3
"""Make exports/*.onnx and expected-poolings.jsonl from tiny-roberta with PyTorch.

usage: make_exports.py (with Debian's python3-torch; uses bench/peers/make_model.py)

exports/hidden-state.onnx takes input_ids and attention_mask and gives last_hidden_state. exports/sentence-embedding.onnx takes
token_type_ids and position_ids as well and gives sentence_embedding: the mean, scaled to length 1. expected-poolings.jsonl holds,
in float64 and for a few lines of expected-ids.jsonl, what each pooling of sentence-transformers gives.
"""
import json
import os
import sys

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "..", "bench", "peers"))
from make_model import Roberta

LINES = (0, 2, 20, 68)


class Pooled(torch.nn.Module):
    """The model with every input that an export may have, pooled by itself."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, token_type_ids, position_ids):
        e = self.model.embeddings
        x = e.LayerNorm(e.word_embeddings(input_ids) + e.token_type_embeddings(token_type_ids) + e.position_embeddings(position_ids))
        bias = (1.0 - attention_mask[:, None, None, :].to(x.dtype)) * torch.finfo(x.dtype).min
        for layer in self.model.encoder["layer"]:
            x = layer(x, bias)
        weights = attention_mask.unsqueeze(-1).to(x.dtype)
        vector = (x * weights).sum(1) / weights.sum(1)
        return vector / vector.norm(dim=1, keepdim=True)


def export(model, name, values, output, output_axes):
    os.makedirs(os.path.join(HERE, "exports"), exist_ok=True)
    axes = {key: {0: "batch", 1: "sequence"} for key in values}
    torch.onnx.export(model.eval(), tuple(values.values()), os.path.join(HERE, "exports", name), opset_version=14,
                      input_names=list(values), output_names=[output], dynamic_axes={**axes, output: output_axes})


def poolings(hidden):
    count = hidden.shape[0]
    weights = torch.arange(1, count + 1, dtype=hidden.dtype)[:, None]
    return {
        "cls": hidden[0], "max": hidden.max(0)[0], "mean": hidden.mean(0), "mean_sqrt_len": hidden.sum(0) / count ** 0.5,
        "weightedmean": (hidden * weights).sum(0) / weights.sum(), "lasttoken": hidden[-1], "mean_without_first_3": hidden[3:].mean(0),
    }


def main():
    folder = os.path.join(HERE, "tiny-roberta")
    with open(os.path.join(folder, "config.json")) as f:
        model = Roberta(json.load(f)).eval()
    model.load_state_dict(torch.load(os.path.join(folder, "pytorch_model.bin"), map_location="cpu"))
    ids = torch.randint(4, 500, (2, 16))
    mask = torch.ones_like(ids)
    ids[1, 10:], mask[1, 10:] = 1, 0
    export(model, "hidden-state.onnx", {"input_ids": ids, "attention_mask": mask}, "last_hidden_state", {0: "batch", 1: "sequence"})
    positions = torch.cumsum(mask, 1) * mask + 1
    values = {"input_ids": ids, "attention_mask": mask, "token_type_ids": torch.zeros_like(ids), "position_ids": positions}
    export(Pooled(model), "sentence-embedding.onnx", values, "sentence_embedding", {0: "batch"})

    model = model.double()
    with open(os.path.join(HERE, "expected-ids.jsonl")) as f, open(os.path.join(HERE, "expected-poolings.jsonl"), "w") as out:
        rows = f.read().splitlines()
        for line in LINES:
            tokens = torch.tensor([json.loads(rows[line])])
            with torch.inference_mode():
                hidden = model(tokens, torch.ones_like(tokens))[0]
            values = {name: [float(f"{x:.9g}") for x in value.tolist()] for name, value in poolings(hidden).items()}
            out.write(json.dumps({"line": line, **values}) + "\n")


if __name__ == "__main__":
    main()
