"""Finds the ten vectors in a file of embeddings nearest to its first one, with json and numpy: prints the
lines of the records, and the seconds from opening the file to the answer."""
import json
import sys
import time

import numpy

started = time.perf_counter()
with open(sys.argv[1], encoding="utf-8") as file:
    records = [json.loads(line) for line in file]

vectors = numpy.array([record["vector"] for record in records], dtype=numpy.float32)
question = vectors[0]
scores = vectors @ question / (numpy.linalg.norm(vectors, axis=1) * numpy.linalg.norm(question))
nearest = numpy.argsort(-scores, kind="stable")[:10]
seconds = time.perf_counter() - started
print(*(nearest + 1))
print(f"{seconds:.4f}")
