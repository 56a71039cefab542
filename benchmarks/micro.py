"""Runs the micro-benchmarks twice: with the processor as it is, and in a second process as one without AES instructions would be."""

import json
import os
import subprocess

import table

# OpenSSL's own switch (OPENSSL_ia32cap(3)): no AES, no carry-less multiplication, no AVX, nothing of the extended features. A
# processor without AES instructions has none of these.
WITHOUT_AES = {"OPENSSL_ia32cap": "~0x1200000200000000:0x0"}


def run(program, remark):
    if not program.is_file():
        remark(f"micro: not measured: {program} does not exist; it is built where libbenchmark-dev is installed")
        return []
    results = []
    for label, extra in (("as it is", {}), ("without AES", WITHOUT_AES)):
        command = [str(program), "--benchmark_format=json", "--benchmark_repetitions=3", "--benchmark_min_time=0.1",
                   "--benchmark_report_aggregates_only=true"]
        out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env={**os.environ, **extra})
        if out.returncode != 0:
            remark(f"micro: {label}: ended with {out.returncode}: {out.stderr[-500:]}")
            continue
        results += [{"name": entry["run_name"], "processor": label, "bytes_per_second": entry["bytes_per_second"]}
                    for entry in json.loads(out.stdout)["benchmarks"] if entry.get("aggregate_name") == "median"]
    return results


def show(results):
    by_name = {}
    for entry in results:
        by_name.setdefault(entry["name"], {})[entry["processor"]] = entry["bytes_per_second"]
    rows = [[name, *(table.number(speeds[label] / 1e6 if label in speeds else None, 0) for label in ("as it is", "without AES"))]
            for name, speeds in by_name.items()]
    return table.columns(rows, ["median", "MB/s", "MB/s without AES instructions"])
