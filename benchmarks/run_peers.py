#!/usr/bin/env python3
# Copyright 2026 The microthread Authors
# SPDX-License-Identifier: Apache-2.0
"""Measures microthread and its peers side by side and prints one table.

    benchmarks/run_peers.py [--repetitions N] [--cpu N] [BENCHMARK FLAG...]

Other flags go to the benchmark programs (--benchmark_filter=Channel). Builds
with -c opt, then runs the programs in turn, each time in a fresh process pinned
to one CPU. Needs Boost (apt-get install libboost-fiber-dev). The first failure,
such as a wrong result, ends it with a nonzero status.
"""

import argparse
import collections
import json
import os
import re
import statistics
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

PROGRAMS = [
    "greenlet_benchmark",
    "peer_boost_context_benchmark",
    "tasklet_benchmark",
    "channel_benchmark",
    "peer_boost_fiber_benchmark",
]

# BM_<metric>[_<who>][/<argument>]; without a name it is microthread.
NAME = re.compile(r"BM_([^_/]+)(?:_([^_/]+))?(/\d+)?")
OURS = ""


def build():
    """Builds the programs and returns the folder that they are in."""
    bazel = [os.path.join(ROOT, "bazelw")]
    targets = ["//benchmarks:" + program for program in PROGRAMS]
    subprocess.run(bazel + ["build", "-c", "opt"] + targets, check=True)
    info = subprocess.run(
        bazel + ["info", "-c", "opt", "bazel-bin"],
        check=True, stdout=subprocess.PIPE, text=True)
    return os.path.join(info.stdout.strip(), "benchmarks")


def run(program, cpu, flags):
    """Runs one program; yields (metric, who, ns per operation)."""
    result = subprocess.run(
        ["taskset", "-c", str(cpu), program, "--benchmark_format=json"] + flags,
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if not result.stdout.strip():
        return  # the filter has left none
    for line in json.loads(result.stdout)["benchmarks"]:
        metric, who, argument = NAME.match(line["name"]).groups(default="")
        yield metric + argument, who, 1e9 / line["items_per_second"]


def show(ns):
    return f"{ns / 1e6:.1f} ms" if ns >= 1e6 else f"{ns:.2f} ns"


def spread(times):
    return f"{(max(times) / min(times) - 1) * 100:.0f}%"


def print_table(times):
    print("| metric | microthread | spread | peer | its time | spread | ratio |")
    print("| --- | ---: | ---: | --- | ---: | ---: | ---: |")
    for metric, by_who in times.items():
        ours = by_who.pop(OURS, None)
        left = [metric, "", ""]
        if ours:
            left = [metric, show(statistics.median(ours)), spread(ours)]
        for who, theirs in by_who.items() or [("", None)]:
            right = [who, "", "", ""]
            if theirs:
                median = statistics.median(theirs)
                right[1:3] = [show(median), spread(theirs)]
                if ours:
                    right[3] = f"{median / statistics.median(ours):.1f}"
            print("| " + " | ".join(left + right) + " |")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--cpu", type=int, default=1)
    arguments, flags = parser.parse_known_args()

    folder = build()
    # metric -> who -> the time of each repetition
    times = collections.defaultdict(lambda: collections.defaultdict(list))
    for _ in range(arguments.repetitions):
        for program in PROGRAMS:
            path = os.path.join(folder, program)
            for metric, who, ns in run(path, arguments.cpu, flags):
                times[metric][who].append(ns)
    print(f"Medians of {arguments.repetitions} processes; spread = slowest to "
          "fastest; ratio = peer to microthread.\n")
    print_table(times)


if __name__ == "__main__":
    main()
