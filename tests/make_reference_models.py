#!/usr/bin/env python3
"""Creates the small models for which no published program was available, and their expected results.

usage: make_reference_models.py (with Debian's python3-torch, and node with the npm package tokenizers in the working directory:
npm install --ignore-scripts tokenizers@0.23.2)

Random models with the layout of real repositories, with the ids and the float64 vectors of the texts in Fixtures/texts.jsonl:

- Fixtures/architectures/new-ntk and new-plain: NewModel in Alibaba-NLP/new-impl, as in gte-*-en-v1.5 and
  gte-multilingual-base. Ids: the ids of bert-cls and bert-cased, whose tokenizers they use.
- jina-bert-english: JinaBertModel in jinaai/jina-bert-implementation, as in jina-embeddings-v2-*-en. Ids: bert-cls.
- gte-qwen2: Qwen2Model in the gte-Qwen2 models, which has bidirectional attention, and whose tokenizer appends a token with
  its own code. Ids: the ids of qwen2, with that token.
- Fixtures/static/*: Model2Vec's StaticModel (model2vec/model.py) and StaticEmbedding of sentence-transformers. Ids: Hugging
  Face's tokenizers, without special tokens. A text without ids has the vector null.

The arithmetic is written from those programs' definitions, one text at a time, and shares nothing with CodeEmbed. Vectors of
architectures have length 1, as in the other fixtures; vectors of static models are the model's output.
"""
import json
import math
import os
import shutil
import statistics
import struct
import subprocess

import torch
from torch.nn.functional import gelu, layer_norm, silu, softmax

HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.join(HERE, "CodeEmbed.Tests", "Fixtures")
ARCHITECTURES = os.path.join(FIXTURES, "architectures")
STATIC = os.path.join(FIXTURES, "static")
MAX_LENGTH = 128
DTYPES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int8: "I8", torch.int64: "I64"}


def read_lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def write_json(path, value):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=2, ensure_ascii=False)
        file.write("\n")


def write_lines(path, values):
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(value, separators=(",", ":")) + "\n" for value in values)


def write_safetensors(path, tensors):
    """The format: the length of the header, the header, the data (https://huggingface.co/docs/safetensors)."""
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        raw = bytes(tensor.view(torch.uint8).flatten().tolist())
        header[name] = {
            "dtype": DTYPES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def rounded(vector):
    return [round(value, 12) for value in vector.tolist()]


class Weights:
    """Random weights, created on first use, stored in a type and read in float64."""

    def __init__(self, seed, dtype):
        self.generator = torch.Generator().manual_seed(seed)
        self.dtype = dtype
        self.stored = {}

    def get(self, name, shape, scale, center=0.0):
        if name not in self.stored:
            values = center + scale * torch.randn(shape, generator=self.generator)
            self.stored[name] = values.to(self.dtype)
        return self.stored[name].double()

    def linear(self, x, name, outputs, bias=True):
        y = x @ self.get(f"{name}.weight", (outputs, x.shape[-1]), x.shape[-1] ** -0.5).T
        return y + self.get(f"{name}.bias", (outputs,), 0.1) if bias else y

    def layer_norm(self, x, name, eps):
        shape = (x.shape[-1],)
        return layer_norm(x, shape, self.get(f"{name}.weight", shape, 0.1, 1.0), self.get(f"{name}.bias", shape, 0.1), eps)

    def rms_norm(self, x, name, eps):
        return x * (x.pow(2).mean(-1, keepdim=True) + eps).rsqrt() * self.get(f"{name}.weight", (x.shape[-1],), 0.1, 1.0)


def rotate(x, inverse_frequencies):
    """x: [tokens, heads, size]. The second half of the angles is the first again (rotate_half)."""
    angles = torch.arange(x.shape[0], dtype=torch.float64)[:, None] * inverse_frequencies[None]
    angles = torch.cat((angles, angles), -1)[:, None]
    half = x.shape[-1] // 2
    turned = torch.cat((-x[..., half:], x[..., :half]), -1)
    return x * angles.cos() + turned * angles.sin()


def attend(query, key, value, bias=None):
    """Each: [tokens, heads, size]; bias: [heads, tokens, tokens]. Every token sees every token."""
    groups = query.shape[1] // key.shape[1]
    key, value = key.repeat_interleave(groups, 1), value.repeat_interleave(groups, 1)
    scores = torch.einsum("qhs,khs->hqk", query, key) / math.sqrt(query.shape[-1])
    if bias is not None:
        scores = scores + bias
    return torch.einsum("hqk,khs->qhs", softmax(scores, -1), value).flatten(1)


def split_heads(x, heads):
    return x.unflatten(-1, (heads, -1))


def new_model(weights, config, ids):
    """NewModel of new-impl/modeling.py: NewEmbeddings, NewLayer, NewAttention, NewGatedMLP, NTKScalingRotaryEmbedding."""
    prefix, hidden, heads = config["_prefix"], config["hidden_size"], config["num_attention_heads"]
    eps, size = config["layer_norm_eps"], hidden // heads
    base, scaling = config["rope_theta"], config["rope_scaling"]
    exponents = torch.arange(0, size, 2, dtype=torch.float64) / size
    inverse = 1.0 / base ** exponents
    if scaling is not None:
        factor = scaling["factor"]
        inverse = 1.0 / (base * factor) ** exponents / factor ** (2 / size)

    x = weights.get(f"{prefix}embeddings.word_embeddings.weight", (config["vocab_size"], hidden), 1.0)[ids]
    if config["type_vocab_size"] > 0:
        x = x + weights.get(f"{prefix}embeddings.token_type_embeddings.weight", (config["type_vocab_size"], hidden), 0.5)[0]
    x = weights.layer_norm(x, f"{prefix}embeddings.LayerNorm", eps)
    for number in range(config["num_hidden_layers"]):
        layer = f"{prefix}encoder.layer.{number}"
        if config["pack_qkv"]:
            parts = weights.linear(x, f"{layer}.attention.qkv_proj", 3 * hidden).split(hidden, -1)
        else:
            parts = [weights.linear(x, f"{layer}.attention.{name}_proj", hidden) for name in "qkv"]
        query, key, value = [split_heads(part, heads) for part in parts]
        context = attend(rotate(query, inverse), rotate(key, inverse), value)
        x = weights.layer_norm(x + weights.linear(context, f"{layer}.attention.o_proj", hidden), f"{layer}.attn_ln", eps)
        inner = config["intermediate_size"]
        up, gate = weights.linear(x, f"{layer}.mlp.up_gate_proj", 2 * inner, bias=False).split(inner, -1)
        x = weights.layer_norm(
            x + weights.linear(gelu(gate) * up, f"{layer}.mlp.down_proj", hidden), f"{layer}.mlp_ln", eps)
    return x


def alibi_slopes(heads):
    """As in the code of ALiBi: a geometric series; for numbers other than powers of two, also every second one of the next."""
    def of_power(count):
        start = 2 ** (-(2 ** -(math.log2(count) - 3)))
        return [start * start ** i for i in range(count)]
    if math.log2(heads).is_integer():
        return of_power(heads)
    closest = 2 ** math.floor(math.log2(heads))
    return of_power(closest) + alibi_slopes(2 * closest)[0::2][: heads - closest]


def jina_english(weights, config, ids):
    """JinaBertModel of jina-bert-implementation/modeling_bert.py, with JinaBertGLUMLP."""
    hidden, heads, eps = config["hidden_size"], config["num_attention_heads"], config["layer_norm_eps"]
    x = weights.get("embeddings.word_embeddings.weight", (config["vocab_size"], hidden), 1.0)[ids]
    x = x + weights.get("embeddings.token_type_embeddings.weight", (config["type_vocab_size"], hidden), 0.5)[0]
    x = weights.layer_norm(x, "embeddings.LayerNorm", eps)
    places = torch.arange(len(ids), dtype=torch.float64)
    distance = (places[None] - places[:, None]).abs()
    bias = -torch.tensor(alibi_slopes(heads), dtype=torch.float64)[:, None, None] * distance
    for number in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{number}"
        query, key, value = [
            split_heads(weights.linear(x, f"{layer}.attention.self.{name}", hidden), heads) for name in ("query", "key", "value")
        ]
        context = attend(query, key, value, bias)
        x = weights.layer_norm(
            weights.linear(context, f"{layer}.attention.output.dense", hidden) + x, f"{layer}.attention.output.LayerNorm", eps)
        inner = config["intermediate_size"]
        gated, plain = weights.linear(x, f"{layer}.mlp.gated_layers", 2 * inner, bias=False).split(inner, -1)
        x = weights.layer_norm(weights.linear(gelu(gated) * plain, f"{layer}.mlp.wo", hidden) + x, f"{layer}.mlp.layernorm", eps)
    return x


def gte_qwen2(weights, config, ids):
    """Qwen2Model with is_causal false: biases at query, key and value, grouped heads, RMSNorm before each part."""
    hidden, heads, groups = config["hidden_size"], config["num_attention_heads"], config["num_key_value_heads"]
    eps, size, inner = config["rms_norm_eps"], hidden // heads, config["intermediate_size"]
    inverse = 1.0 / config["rope_theta"] ** (torch.arange(0, size, 2, dtype=torch.float64) / size)
    x = weights.get("embed_tokens.weight", (config["vocab_size"], hidden), 1.0)[ids]
    for number in range(config["num_hidden_layers"]):
        layer = f"layers.{number}"
        y = weights.rms_norm(x, f"{layer}.input_layernorm", eps)
        query = split_heads(weights.linear(y, f"{layer}.self_attn.q_proj", hidden), heads)
        key = split_heads(weights.linear(y, f"{layer}.self_attn.k_proj", groups * size), groups)
        value = split_heads(weights.linear(y, f"{layer}.self_attn.v_proj", groups * size), groups)
        context = attend(rotate(query, inverse), rotate(key, inverse), value)
        x = x + weights.linear(context, f"{layer}.self_attn.o_proj", hidden, bias=False)
        y = weights.rms_norm(x, f"{layer}.post_attention_layernorm", eps)
        gate = silu(weights.linear(y, f"{layer}.mlp.gate_proj", inner, bias=False))
        up = weights.linear(y, f"{layer}.mlp.up_proj", inner, bias=False)
        x = x + weights.linear(gate * up, f"{layer}.mlp.down_proj", hidden, bias=False)
    return weights.rms_norm(x, "norm", eps)


POOLINGS = {"cls": lambda x: x[0], "mean": lambda x: x.mean(0), "lasttoken": lambda x: x[-1]}


def write_sentence_files(folder, hidden, pooling, normalizes, max_length=True):
    kind = "sentence_transformers.models."
    names = [("", "Transformer"), ("1_Pooling", "Pooling")] + ([("2_Normalize", "Normalize")] if normalizes else [])
    write_json(
        os.path.join(folder, "modules.json"),
        [{"idx": i, "name": str(i), "path": path, "type": kind + name} for i, (path, name) in enumerate(names)])
    flags = ("cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken")
    write_json(
        os.path.join(folder, "1_Pooling", "config.json"),
        {"word_embedding_dimension": hidden, **{f"pooling_mode_{flag}": flag.startswith(pooling) for flag in flags}}
        if pooling != "mean" else
        {"word_embedding_dimension": hidden, **{f"pooling_mode_{flag}": flag == "mean_tokens" for flag in flags}})
    if max_length:
        write_json(
            os.path.join(folder, "sentence_bert_config.json"), {"max_seq_length": MAX_LENGTH, "do_lower_case": False})


def make(name, compute, config, pooling, dtype, tokenizer, ids, normalizes=True, seed=1, max_length=True):
    folder = os.path.join(ARCHITECTURES, name)
    weights, vectors = Weights(seed, dtype), []
    for sequence in ids:
        if not sequence:
            vectors.append(None)
            continue
        vector = POOLINGS[pooling](compute(weights, config, torch.tensor(sequence)))
        vectors.append(rounded(vector / vector.norm()))
    write_json(os.path.join(folder, "config.json"), {key: value for key, value in config.items() if key[0] != "_"})
    write_safetensors(os.path.join(folder, "model.safetensors"), weights.stored)
    write_sentence_files(folder, config["hidden_size"], pooling, normalizes, max_length)
    for file in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        shutil.copy(os.path.join(ARCHITECTURES, tokenizer, file), folder)
    write_lines(os.path.join(folder, "expected-ids.jsonl"), ids)
    write_lines(os.path.join(folder, "expected-vectors.jsonl"), vectors)
    return folder


def read_ids(name):
    return read_lines(os.path.join(ARCHITECTURES, name, "expected-ids.jsonl"))


def make_architectures():
    implementation = "Alibaba-NLP/new-impl--"
    new = {
        "architectures": ["NewModel"],
        "auto_map": {
            "AutoConfig": implementation + "configuration.NewConfig", "AutoModel": implementation + "modeling.NewModel",
        },
        "attention_probs_dropout_prob": 0.0, "hidden_act": "gelu", "hidden_dropout_prob": 0.1, "hidden_size": 48,
        "initializer_range": 0.02, "intermediate_size": 96, "layer_norm_eps": 1e-12, "layer_norm_type": "layer_norm",
        "logn_attention_clip1": False, "logn_attention_scale": False, "max_position_embeddings": MAX_LENGTH, "model_type": "new",
        "num_attention_heads": 4, "num_hidden_layers": 3, "pack_qkv": True, "pad_token_id": 0,
        "position_embedding_type": "rope", "rope_scaling": {"factor": 2.0, "type": "ntk"}, "rope_theta": 500000,
        "type_vocab_size": 0, "unpad_inputs": False, "use_memory_efficient_attention": False, "vocab_size": 1500,
        "_prefix": "",
    }
    make("new-ntk", new_model, new, "cls", torch.float32, "bert-cls", read_ids("bert-cls"))
    plain = {
        **new, "architectures": ["NewForTokenClassification"], "num_hidden_layers": 2, "pack_qkv": False, "rope_scaling": None,
        "rope_theta": 20000, "type_vocab_size": 1, "_prefix": "new.",
    }
    make("new-plain", new_model, plain, "mean", torch.float16, "bert-cased", read_ids("bert-cased"), normalizes=False, seed=2)

    implementation = "jinaai/jina-bert-implementation--"
    jina = {
        "_name_or_path": "jinaai/jina-bert-implementation", "architectures": ["JinaBertForMaskedLM"],
        "auto_map": {
            "AutoConfig": implementation + "configuration_bert.JinaBertConfig",
            "AutoModel": implementation + "modeling_bert.JinaBertModel",
        },
        "attention_probs_dropout_prob": 0.0, "emb_pooler": "mean", "feed_forward_type": "geglu", "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1, "hidden_size": 48, "initializer_range": 0.02, "intermediate_size": 96,
        "layer_norm_eps": 1e-12, "max_position_embeddings": MAX_LENGTH, "model_max_length": MAX_LENGTH, "model_type": "bert",
        "num_attention_heads": 6, "num_hidden_layers": 3, "pad_token_id": 0, "position_embedding_type": "alibi",
        "type_vocab_size": 2, "vocab_size": 1500,
    }
    make(
        "jina-bert-english", jina_english, jina, "mean", torch.float16, "bert-cls", read_ids("bert-cls"), normalizes=False,
        seed=3)

    end = 1488
    qwen = {
        "architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0,
        "auto_map": {"AutoModel": "modeling_qwen.Qwen2Model", "AutoModelForCausalLM": "modeling_qwen.Qwen2ForCausalLM"},
        "bos_token_id": end, "eos_token_id": end, "hidden_act": "silu", "hidden_size": 48, "initializer_range": 0.02,
        "intermediate_size": 80, "is_causal": False, "max_position_embeddings": MAX_LENGTH, "max_window_layers": 2,
        "model_type": "qwen2", "num_attention_heads": 6, "num_hidden_layers": 2, "num_key_value_heads": 2,
        "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "sliding_window": 131072, "tie_word_embeddings": False,
        "use_cache": True, "use_sliding_window": False, "vocab_size": 1500,
    }
    # Truncated texts keep the end token. The ids of qwen2 are truncated to the same length without one.
    ids = [sequence[: MAX_LENGTH - 1] + [end] for sequence in read_ids("qwen2")]
    folder = make(
        "gte-qwen2", gte_qwen2, qwen, "lasttoken", torch.float32, "qwen2", ids, seed=4, max_length=False)
    path = os.path.join(folder, "tokenizer_config.json")
    with open(path, encoding="utf-8") as file:
        tokenizer = json.load(file)
    write_json(path, {
        **tokenizer, "add_eos_token": True,
        "auto_map": {"AutoTokenizer": ["tokenization_qwen.Qwen2Tokenizer", "tokenization_qwen.Qwen2TokenizerFast"]},
    })


def tokenize(tokenizer, texts):
    """The ids that Hugging Face's tokenizers gives, without special tokens."""
    script = os.path.join(HERE, "reference_plain_ids.mjs")
    return json.loads(subprocess.run(
        ["node", script, tokenizer], input=json.dumps(texts), capture_output=True, check=True, encoding="utf-8").stdout)


def static_ids(folder, texts, is_model2vec):
    """model2vec: StaticModel.tokenize; sentence-transformers: StaticEmbedding.preprocess."""
    path = os.path.join(folder, "tokenizer.json")
    if not is_model2vec:
        return tokenize(path, texts)
    with open(path, encoding="utf-8") as file:
        tokenizer = json.load(file)
    vocabulary = tokenizer["model"]["vocab"]
    tokens = {**vocabulary, **{token["content"]: token["id"] for token in tokenizer["added_tokens"]}}
    longest = 512 * int(statistics.median(len(token) for token in tokens))
    unknown = vocabulary.get(tokenizer["model"].get("unk_token"))
    cut = [text[:longest] for text in texts]
    return [[i for i in ids if i != unknown][:512] for ids in tokenize(path, cut)]


def static_vectors(ids, embeddings, normalizes, weights=None, mapping=None):
    """model2vec: StaticModel._encode_batch; sentence-transformers: EmbeddingBag, and Normalize."""
    vectors = []
    for sequence in ids:
        if not sequence:
            vectors.append(None)
            continue
        sequence = torch.tensor(sequence)
        rows = embeddings[sequence if mapping is None else mapping[sequence]].double()
        if weights is not None:
            rows = rows * weights[sequence].double()[:, None]
        vector = rows.mean(0)
        vectors.append(rounded(vector / (vector.norm() + 1e-32) if normalizes else vector))
    return vectors


def make_static(name, tokenizer, tensors, config=None, modules=None, inner=""):
    folder = os.path.join(STATIC, name)
    encoder = os.path.join(folder, inner)
    os.makedirs(encoder, exist_ok=True)
    shutil.copy(os.path.join(ARCHITECTURES, tokenizer, "tokenizer.json"), encoder)
    write_safetensors(os.path.join(encoder, "model.safetensors"), tensors)
    if config is not None:
        write_json(os.path.join(folder, "config.json"), config)
    normalizes = config["normalize"] if config else False
    if modules is not None:
        kind = "sentence_transformers.models."
        write_json(
            os.path.join(folder, "modules.json"),
            [{"idx": i, "name": str(i), "path": path, "type": kind + type} for i, (path, type) in enumerate(modules)])
        normalizes = modules[-1][1] == "Normalize"
    texts = read_lines(os.path.join(FIXTURES, "texts.jsonl"))
    texts = [text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for text in texts]
    ids = static_ids(encoder, texts, "embeddings" in tensors)
    table = tensors.get("embeddings", tensors.get("embedding.weight"))
    vectors = static_vectors(ids, table, normalizes, tensors.get("weights"), tensors.get("mapping"))
    write_lines(os.path.join(folder, "expected-ids.jsonl"), ids)
    write_lines(os.path.join(folder, "expected-vectors.jsonl"), vectors)


def make_static_models():
    generator = torch.Generator().manual_seed(5)
    table = torch.randn((1500, 32), generator=generator)
    config = {
        "model_type": "model2vec", "architectures": ["StaticModel"], "tokenizer_name": "bert-cls", "apply_pca": 32,
        "sif_coefficient": 0.0001, "hidden_dim": 32, "seq_length": 1000000, "normalize": True, "pooling": "mean",
        "embedding_dtype": "float32",
    }
    make_static(
        "model2vec", "bert-cls", {"embeddings": table}, config, [(".", "StaticEmbedding"), ("1_Normalize", "Normalize")])

    # The layout before Model2Vec wrote modules.json and a model type.
    make_static(
        "model2vec-bare", "jina-bert-code", {"embeddings": table.half()},
        {"tokenizer_name": "jina-bert-code", "apply_pca": 32, "apply_zipf": True, "hidden_dim": 32, "seq_length": 1000000,
         "normalize": False})

    quantized = {
        "embeddings": torch.randint(-127, 128, (200, 32), generator=generator, dtype=torch.int8),
        "weights": torch.rand(1500, generator=generator) + 0.1,
        "mapping": torch.randint(0, 200, (1500,), generator=generator),
    }
    make_static(
        "model2vec-quantized", "bert-cased", quantized,
        {**config, "tokenizer_name": "bert-cased", "embedding_dtype": "int8", "vocabulary_quantization": 200},
        [(".", "StaticEmbedding"), ("1_Normalize", "Normalize")])

    make_static(
        "sentence-transformers", "bert-cls", {"embedding.weight": torch.randn((1500, 32), generator=generator)},
        modules=[("0_StaticEmbedding", "StaticEmbedding"), ("1_Normalize", "Normalize")], inner="0_StaticEmbedding")


if __name__ == "__main__":
    make_architectures()
    make_static_models()
