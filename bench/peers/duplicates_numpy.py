"""Multiplies vectors in memory with each other, in blocks: prints the minimum of three times, in seconds."""
import sys
import time

import numpy

vectors = numpy.random.default_rng(7).standard_normal((int(sys.argv[1]), int(sys.argv[2]))).astype(numpy.float32)
vectors /= numpy.linalg.norm(vectors, axis=1, keepdims=True)
seconds = []
for _ in range(3):
    started = time.perf_counter()
    for i in range(0, len(vectors), 1024):
        vectors[i:i + 1024] @ vectors.T
    seconds.append(time.perf_counter() - started)
print(f"{min(seconds):.3f}")
