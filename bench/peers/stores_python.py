"""Rewrites the content of index.npy or index.db from memory, and prints the elapsed and processor seconds: see bench/stores.sh.

usage: stores_python.py numpy|sqlite FOLDER
"""

import json
import os
import sqlite3
import sys
import time


def save_numpy(folder):
    """numpy.save, and json.dumps of each record: as in a script that stores vectors and metadata separately."""
    import numpy

    vectors = numpy.load(os.path.join(folder, "index.npy"))
    with open(os.path.join(folder, "index.jsonl"), encoding="utf-8") as file:
        records = [json.loads(line) for line in file]

    started = time.perf_counter(), time.process_time()
    with open(os.path.join(folder, "peer.npy"), "wb") as file:
        numpy.save(file, vectors)
        file.flush()
        os.fsync(file.fileno())

    with open(os.path.join(folder, "peer.jsonl"), "w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record) + "\n")

        file.flush()
        os.fsync(file.fileno())

    return time.perf_counter() - started[0], time.process_time() - started[1]


def save_sqlite(folder):
    """The same table with the same indexes, in one transaction."""
    source = sqlite3.connect(os.path.join(folder, "index.db"))
    query = "select sql from sqlite_master where tbl_name = 'embeddings' order by type desc"
    statements = [row[0] for row in source.execute(query)]
    rows = source.execute("select * from embeddings").fetchall()
    target = os.path.join(folder, "peer.db")
    if os.path.exists(target):
        os.remove(target)

    started = time.perf_counter(), time.process_time()
    database = sqlite3.connect(target)
    with database:
        database.execute(statements[0])
        database.executemany(f"insert into embeddings values ({','.join('?' * len(rows[0]))})", rows)
        for statement in statements[1:]:
            database.execute(statement)

    database.close()
    return time.perf_counter() - started[0], time.process_time() - started[1]


print(*{"numpy": save_numpy, "sqlite": save_sqlite}[sys.argv[1]](sys.argv[2]))
