#!/usr/bin/env python3
"""Make principal-components.json with numpy's singular value decomposition.

usage: make_principal_components.py (with Debian's python3-numpy)

The vectors are whole numbers, which float32 has exactly, and vary less along each further direction. x and y are their
coordinates along the first two principal components, each with the sign with which its largest number is positive; share is the
part of the variance that the two have.
"""
import json
import os

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
COUNT, SIZE = 61, 70

random = numpy.random.default_rng(1)
directions, _ = numpy.linalg.qr(random.standard_normal((SIZE, SIZE)))
vectors = random.standard_normal((COUNT, SIZE)) * 0.9 ** numpy.arange(SIZE) @ directions.T + random.standard_normal(SIZE)
vectors = numpy.rint(100 * vectors).astype(int)

centered = vectors - vectors.mean(axis=0)
_, values, components = numpy.linalg.svd(centered, full_matrices=False)
places = [centered @ component * numpy.sign(component[numpy.argmax(abs(component))]) for component in components[:2]]
with open(os.path.join(HERE, "principal-components.json"), "w", encoding="utf-8", newline="\n") as file:
    file.write('{"vectors": [\n')
    file.write(",\n".join(json.dumps(vector, separators=(",", ":")) for vector in vectors.tolist()))
    file.write("\n],\n")
    for name, place in zip("xy", places):
        file.write(f'"{name}": {json.dumps([round(value, 9) for value in place.tolist()])},\n')
    file.write(f'"share": {(values[:2] ** 2).sum() / (values ** 2).sum():.15f}}}\n')
