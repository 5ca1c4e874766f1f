#!/usr/bin/env python3
"""Writes a random model with its ONNX export, for measurements: with the exact size of nomic-embed-text or ModernBERT-base, or of
Qwen3-Embedding-0.6B except for its vocabulary, which is BERT's, so that the export stays below 2 GB.

usage: make_rotary_model.py nomic_bert|modernbert|qwen3 TOKENIZER_DIR OUT_DIR

TOKENIZER_DIR holds the tokenizer files of a BERT model, which are copied: speed depends on the sizes and not on the values. The
computation is written from the published definitions, and needs only PyTorch (python3-torch).
"""
import ctypes
import json
import math
import os
import shutil
import struct
import sys

import torch
from torch import nn

HEADS, WIDTH, POSITIONS = 12, 768, 8192
SIZE = WIDTH // HEADS


def turn(states, theta, size=SIZE):
    """Rotary positions, each pair of numbers half a head apart."""
    length = states.shape[2]
    frequencies = theta ** (-torch.arange(0, size, 2, dtype=torch.float32) / size)
    angles = torch.arange(length, dtype=torch.float32)[:, None] * frequencies
    angles = torch.cat([angles, angles], dim=-1)
    halves = torch.cat([-states[..., size // 2:], states[..., :size // 2]], dim=-1)
    return states * angles.cos() + halves * angles.sin()


def attend(qkv, mask, theta, reach):
    """Attention; reach is how many tokens a token sees on each side, or None."""
    batch, length, _ = qkv.shape
    query, key, value = qkv.view(batch, length, 3, HEADS, SIZE).permute(2, 0, 3, 1, 4)
    scores = torch.matmul(turn(query, theta), turn(key, theta).transpose(-1, -2)) / math.sqrt(SIZE)
    scores = scores + (1.0 - mask[:, None, None, :].float()) * -1e9
    if reach is not None:
        places = torch.arange(length)
        scores = scores + ((places[:, None] - places[None, :]).abs() > reach).float() * -1e9
    context = torch.matmul(scores.softmax(dim=-1), value)
    return context.transpose(1, 2).reshape(batch, length, WIDTH)


class NoBias(nn.Module):
    """A layer normalization without a bias."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(WIDTH))

    def forward(self, states):
        return nn.functional.layer_norm(states, (WIDTH,), self.weight, None, 1e-5)


def linear(inputs, outputs):
    layer = nn.Linear(inputs, outputs, bias=False)
    nn.init.normal_(layer.weight, std=1 / math.sqrt(inputs))
    return layer


class NomicLayer(nn.Module):
    INNER = 3072

    def __init__(self, _):
        super().__init__()
        self.attn = nn.ModuleDict({'Wqkv': linear(WIDTH, 3 * WIDTH), 'out_proj': linear(WIDTH, WIDTH)})
        self.mlp = nn.ModuleDict(
            {'fc11': linear(WIDTH, self.INNER), 'fc12': linear(WIDTH, self.INNER), 'fc2': linear(self.INNER, WIDTH)})
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH, 1e-12), nn.LayerNorm(WIDTH, 1e-12)

    def forward(self, states, mask):
        context = attend(self.attn['Wqkv'](states), mask, 1000.0, None)
        states = self.norm1(states + self.attn['out_proj'](context))
        gated = self.mlp['fc11'](states) * nn.functional.silu(self.mlp['fc12'](states))
        return self.norm2(states + self.mlp['fc2'](gated))


class Nomic(nn.Module):
    def __init__(self):
        super().__init__()
        self.embeddings = nn.ModuleDict(
            {'word_embeddings': nn.Embedding(30528, WIDTH), 'token_type_embeddings': nn.Embedding(2, WIDTH)})
        self.emb_ln = nn.LayerNorm(WIDTH, 1e-12)
        self.encoder = nn.ModuleDict({'layers': nn.ModuleList([NomicLayer(i) for i in range(12)])})

    def forward(self, input_ids, attention_mask, token_type_ids):
        states = self.embeddings['word_embeddings'](input_ids) + self.embeddings['token_type_embeddings'](token_type_ids)
        states = self.emb_ln(states)
        for layer in self.encoder['layers']:
            states = layer(states, attention_mask)
        return states


class ModernLayer(nn.Module):
    INNER = 1152

    def __init__(self, number):
        super().__init__()
        self.is_global = number % 3 == 0
        self.attn = nn.ModuleDict({'Wqkv': linear(WIDTH, 3 * WIDTH), 'Wo': linear(WIDTH, WIDTH)})
        self.mlp = nn.ModuleDict({'Wi': linear(WIDTH, 2 * self.INNER), 'Wo': linear(self.INNER, WIDTH)})
        if number > 0:
            self.attn_norm = NoBias()
        self.mlp_norm = NoBias()

    def forward(self, states, mask):
        inputs = self.attn_norm(states) if hasattr(self, 'attn_norm') else states
        theta, reach = (160000.0, None) if self.is_global else (10000.0, 64)
        states = states + self.attn['Wo'](attend(self.attn['Wqkv'](inputs), mask, theta, reach))
        gate, up = self.mlp['Wi'](self.mlp_norm(states)).chunk(2, dim=-1)
        return states + self.mlp['Wo'](nn.functional.gelu(gate) * up)


class Modern(nn.Module):
    def __init__(self):
        super().__init__()
        self.embeddings = nn.ModuleDict({'tok_embeddings': nn.Embedding(50368, WIDTH), 'norm': NoBias()})
        self.layers = nn.ModuleList([ModernLayer(i) for i in range(22)])
        self.final_norm = NoBias()

    def forward(self, input_ids, attention_mask):
        states = self.embeddings['norm'](self.embeddings['tok_embeddings'](input_ids))
        for layer in self.layers:
            states = layer(states, attention_mask)
        return self.final_norm(states)


class RootMeanSquare(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, states):
        return self.weight * states * torch.rsqrt(states.pow(2).mean(-1, keepdim=True) + 1e-6)


class QwenAttention(nn.Module):
    HEADS, GROUPS, SIZE, WIDTH = 16, 8, 128, 1024

    def __init__(self):
        super().__init__()
        self.q_proj, self.o_proj = linear(self.WIDTH, self.HEADS * self.SIZE), linear(self.HEADS * self.SIZE, self.WIDTH)
        self.k_proj, self.v_proj = (linear(self.WIDTH, self.GROUPS * self.SIZE) for _ in range(2))
        self.q_norm, self.k_norm = RootMeanSquare(self.SIZE), RootMeanSquare(self.SIZE)

    def split(self, states, heads):
        return states.view(states.shape[0], states.shape[1], heads, self.SIZE)

    def repeat(self, states):
        """Assigns each query head its key or value head."""
        batch, groups, length, size = states.shape
        times = self.HEADS // self.GROUPS
        repeated = states[:, :, None].expand(batch, groups, times, length, size)
        return repeated.reshape(batch, groups * times, length, size)

    def forward(self, states, mask):
        batch, length, _ = states.shape
        query = turn(self.q_norm(self.split(self.q_proj(states), self.HEADS)).transpose(1, 2), 1000000.0, self.SIZE)
        key = turn(self.k_norm(self.split(self.k_proj(states), self.GROUPS)).transpose(1, 2), 1000000.0, self.SIZE)
        value = self.split(self.v_proj(states), self.GROUPS).transpose(1, 2)
        key, value = (self.repeat(part) for part in (key, value))
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(self.SIZE)
        places = torch.arange(length)
        scores = scores + (1.0 - mask[:, None, None, :].float()) * -1e9
        scores = scores + (places[None, :] > places[:, None]).float() * -1e9
        context = torch.matmul(scores.softmax(dim=-1), value).transpose(1, 2)
        return self.o_proj(context.reshape(batch, length, self.HEADS * self.SIZE))


class QwenLayer(nn.Module):
    INNER = 3072

    def __init__(self):
        super().__init__()
        width = QwenAttention.WIDTH
        self.input_layernorm, self.post_attention_layernorm = RootMeanSquare(width), RootMeanSquare(width)
        self.self_attn = QwenAttention()
        self.mlp = nn.ModuleDict({
            'gate_proj': linear(width, self.INNER), 'up_proj': linear(width, self.INNER), 'down_proj': linear(self.INNER, width)})

    def forward(self, states, mask):
        states = states + self.self_attn(self.input_layernorm(states), mask)
        inner = self.post_attention_layernorm(states)
        gated = nn.functional.silu(self.mlp['gate_proj'](inner)) * self.mlp['up_proj'](inner)
        return states + self.mlp['down_proj'](gated)


class Qwen(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed_tokens = nn.Embedding(30522, QwenAttention.WIDTH)
        self.layers = nn.ModuleList([QwenLayer() for _ in range(28)])
        self.norm = RootMeanSquare(QwenAttention.WIDTH)

    def forward(self, input_ids, attention_mask):
        states = self.embed_tokens(input_ids)
        for layer in self.layers:
            states = layer(states, attention_mask)
        return self.norm(states)


KINDS = {
    'nomic_bert': (Nomic, {
        'model_type': 'nomic_bert', 'n_embd': WIDTH, 'n_head': HEADS, 'n_inner': 3072, 'n_layer': 12, 'n_positions': POSITIONS,
        'vocab_size': 30528, 'type_vocab_size': 2, 'rotary_emb_base': 1000, 'rotary_emb_fraction': 1.0,
        'activation_function': 'swiglu', 'layer_norm_epsilon': 1e-12,
    }),
    'modernbert': (Modern, {
        'model_type': 'modernbert', 'hidden_size': WIDTH, 'num_attention_heads': HEADS, 'intermediate_size': 1152,
        'num_hidden_layers': 22, 'max_position_embeddings': POSITIONS, 'vocab_size': 50368, 'local_attention': 128,
    }),
    'qwen3': (Qwen, {
        'model_type': 'qwen3', 'hidden_size': QwenAttention.WIDTH, 'num_attention_heads': QwenAttention.HEADS,
        'num_key_value_heads': QwenAttention.GROUPS, 'head_dim': QwenAttention.SIZE, 'intermediate_size': QwenLayer.INNER,
        'num_hidden_layers': 28, 'max_position_embeddings': POSITIONS, 'vocab_size': 30522, 'rope_theta': 1000000,
        'rms_norm_eps': 1e-6, 'hidden_act': 'silu',
    }),
}


def write_safetensors(path, tensors):
    header, offset = {}, 0
    for name, tensor in tensors.items():
        length = 4 * tensor.numel()
        header[name] = {'dtype': 'F32', 'shape': list(tensor.shape), 'data_offsets': [offset, offset + length]}
        offset += length
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text)
        for tensor in tensors.values():
            tensor = tensor.contiguous()
            file.write((ctypes.c_char * (4 * tensor.numel())).from_address(tensor.data_ptr()))


def main():
    kind, tokenizer, out = sys.argv[1:]
    torch.manual_seed(0)
    make, config = KINDS[kind]
    model = make().eval()
    os.makedirs(os.path.join(out, 'onnx'), exist_ok=True)
    os.makedirs(os.path.join(out, '1_Pooling'), exist_ok=True)
    for name in ('tokenizer.json', 'tokenizer_config.json', 'modules.json', '1_Pooling/config.json'):
        shutil.copy(os.path.join(tokenizer, name), os.path.join(out, name))
    with open(os.path.join(out, 'config.json'), 'w') as file:
        json.dump(config, file)
    with torch.no_grad():
        write_safetensors(os.path.join(out, 'model.safetensors'), model.state_dict())
        names = ['input_ids', 'attention_mask'] + (['token_type_ids'] if kind == 'nomic_bert' else [])
        inputs = {'input_ids': torch.ones(2, 7, dtype=torch.long), 'attention_mask': torch.ones(2, 7, dtype=torch.long),
                  'token_type_ids': torch.zeros(2, 7, dtype=torch.long)}
        axes = {name: {0: 'batch', 1: 'tokens'} for name in names + ['last_hidden_state']}
        torch.onnx.export(
            model, tuple(inputs[name] for name in names), os.path.join(out, 'onnx', 'model.onnx'), input_names=names,
            output_names=['last_hidden_state'], dynamic_axes=axes, opset_version=14)


if __name__ == '__main__':
    main()
