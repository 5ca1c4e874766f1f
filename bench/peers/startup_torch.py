#!/usr/bin/env python3
"""Seconds that PyTorch takes to load a checkpoint and run it once, without importing torch.

usage: startup_torch.py MODEL_DIR (with Debian's python3-torch)
"""
import json
import os
import sys
import time

import torch

from make_model import Roberta

started = time.perf_counter()
folder = sys.argv[1]
with open(os.path.join(folder, "config.json")) as f:
    model = Roberta(json.load(f)).eval()
model.load_state_dict(torch.load(os.path.join(folder, "pytorch_model.bin"), map_location="cpu"))
with torch.inference_mode():
    ids = torch.tensor([[0, 100, 200, 300, 2]])
    model(ids, torch.ones_like(ids))
print(f"{time.perf_counter() - started:.3f}")
