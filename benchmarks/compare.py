#!/usr/bin/python3
# Copyright 2026 The microthread Authors
# SPDX-License-Identifier: Apache-2.0
"""Measures microthread and its peers side by side.

    ./bazelw run -c opt //benchmarks:compare -- --out=DIR

For each metric, peer after peer runs in a fresh process, as many times as
--runs says. Prints a line when a metric is done, then a table; writes
compare.json and compare.svg into DIR. The first failure, such as a wrong
result, ends it with status 1. Peers that are not installed are left out:
benchmarks/install_peers installs them.
"""

import argparse
import json
import os
import sys
import tempfile
import time

import chart
import metrics
import summary
import workers


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", required=True, metavar="DIR",
                        help="where the results go; it is made if need be")
    parser.add_argument("--metrics", metavar="A,B", type=lambda s: s.split(","),
                        default=list(metrics.METRICS),
                        help="only these: " + ", ".join(metrics.METRICS))
    parser.add_argument("--runs", type=int, default=7, metavar="N",
                        help="processes for each metric and peer")
    arguments = parser.parse_args()
    for metric in arguments.metrics:
        if metric not in metrics.METRICS:
            parser.error(f"there is no metric {metric}")
    if arguments.runs < 1:
        parser.error("--runs must be at least 1")
    # Relative to where the user stands, which is not where Bazel starts us.
    arguments.out = os.path.abspath(os.path.join(
        os.environ.get("MICROTHREAD_WORKING_DIRECTORY", ""), arguments.out))
    return arguments


def make_workers(workshop, wanted):
    """For each wanted metric, a dictionary from the peer to its worker."""
    found = {metric: {} for metric in wanted}
    for program in metrics.PROGRAMS:
        mine = [metric for metric in wanted if metric in program.metrics]
        if not mine:
            continue
        try:
            worker = workshop.make(program.name)
        except workers.Missing as missing:
            print(f"left out: {program.peer}: {missing} "
                  "(benchmarks/install_peers installs it)", flush=True)
            continue
        for metric in mine:
            found[metric][program.peer] = worker
    return found


def measure(metric, by_peer, runs, processors):
    """Returns the values of each peer, and the notes of its last run."""
    values = {peer: [] for peer in by_peer}
    notes = {}
    for _ in range(runs):
        for peer, worker in by_peer.items():
            measurement = worker.measure(metric, processors)
            values[peer].append(measurement.value)
            notes[peer] = measurement.notes
    return values, notes


def print_line(metric, entries, notes, seconds):
    texts = []
    for entry in entries:
        text = summary.describe(entry)
        for name, value in sorted(notes[entry["peer"]].items()):
            text += f", {name} {summary.note(value)}"
        texts.append(text)
    print(f"{metric} [{seconds:.1f} s]: " + "; ".join(texts), flush=True)


def compare(found, runs, out):
    """Measures all; returns the entries, which are also in compare.json."""
    values = {}
    entries = []
    for metric, by_peer in found.items():
        start = time.monotonic()
        processors = workers.choose_processors(metric, os.sched_getaffinity(0))
        if processors is None:
            print(f"left out: {metric}: it needs two processors", flush=True)
            continue
        values[metric], notes = measure(metric, by_peer, runs, processors)
        print_line(metric, summary.summarize({metric: values[metric]}), notes,
                   time.monotonic() - start)
        entries = summary.summarize(values)
        with open(os.path.join(out, "compare.json"), "w") as file:
            json.dump(entries, file, indent=1)
            file.write("\n")
    return entries


def draw(entries, out):
    try:
        chart.draw(entries, os.path.join(out, "compare.svg"))
    except ImportError as error:
        print(f"left out: compare.svg: {error} "
              "(benchmarks/install_peers installs it)")


def main():
    arguments = parse_arguments()
    if "BUILD_WORKSPACE_DIRECTORY" not in os.environ:
        sys.exit("compare: run it by ./bazelw run -c opt //benchmarks:compare")
    os.makedirs(arguments.out, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            workshop = workers.Workshop(
                built=os.environ["MICROTHREAD_BENCHMARKS"],
                workspace=os.environ["BUILD_WORKSPACE_DIRECTORY"],
                scratch=scratch)
            found = make_workers(workshop, arguments.metrics)
            entries = compare(found, arguments.runs, arguments.out)
    except workers.WorkerError as error:
        sys.exit(f"compare: {error}")
    print(f"\nProcesses for each line: {arguments.runs}. Spread: by how much "
          "the largest value exceeds the\nsmallest. Ratio: median to that of "
          "microthread.\n")
    print(summary.table(entries))
    draw(entries, arguments.out)
    print(f"\nWritten: {arguments.out}")


if __name__ == "__main__":
    main()
