# Copyright 2026 The microthread Authors
# SPDX-License-Identifier: Apache-2.0
"""Builds and runs the programs that measure, each run in a fresh process."""

import collections
import json
import os
import shutil
import subprocess
import sys

import metrics

TIMEOUT = 600  # seconds, for a process
PYTHON = "/usr/bin/python3"  # the one that Debian's packages are for

# A value in the unit of the metric, and by name what else is worth knowing.
Measurement = collections.namedtuple("Measurement", "value notes")


class WorkerError(Exception):
    """A program that cannot be built, failed, or computed a wrong result."""


class Missing(Exception):
    """What a peer needs is not installed."""


def choose_processors(metric, available):
    """The processors for a metric out of those there are; None: too few."""
    available = sorted(available)
    if metric in metrics.TWO_CORES:
        return set(available[:2]) if len(available) > 1 else None
    # Not the first, which most systems give the interrupts to.
    return {available[min(1, len(available) - 1)]}


def run(command, processors):
    """Runs a process on these processors only; returns its standard output."""
    try:
        result = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            timeout=TIMEOUT,
            preexec_fn=lambda: os.sched_setaffinity(0, processors))
    except subprocess.TimeoutExpired:
        raise WorkerError(f"{' '.join(command)}: not done in {TIMEOUT} s")
    if result.returncode != 0:
        raise WorkerError(
            f"{' '.join(command)}: ended with status {result.returncode}\n"
            + (result.stdout + result.stderr)[-2000:])
    return result.stdout


def parse_google_benchmark(output, metric):
    """The measurement in the JSON that a program in C++ prints."""
    if not output.strip():
        raise WorkerError(
            f"{metric}: the program has no benchmark of that name")
    report = json.loads(output)
    if report["context"]["build"] != "optimized":
        raise WorkerError("not an optimized build; use: bazelw run -c opt ...")
    (line,) = report["benchmarks"]
    counter, scale = metrics.SCALE[metrics.METRICS[metric]]
    notes = {
        name: line[name]
        for name in ("first_round", "mappings", "page_tables") if name in line
    }
    if "page_tables" in notes:
        notes["page_tables"] *= scale
    return Measurement(line[counter] * scale, notes)


def parse_json_line(output, metric):
    """The measurement in the line that other programs print."""
    line = json.loads(output)
    if line["unit"] != metrics.METRICS[metric]:
        raise WorkerError(f"{metric}: in {line['unit']}, not in "
                          + metrics.METRICS[metric])
    return Measurement(line["value"], line.get("notes", {}))


class CppWorker:
    def __init__(self, path):
        self.path = path

    def measure(self, metric, processors):
        return parse_google_benchmark(
            run([self.path, f"--benchmark_filter=^{metric}(/|$)",
                 "--benchmark_format=json", "--benchmark_min_time=0.2"],
                processors), metric)


class ScriptWorker:
    def __init__(self, *command):
        self.command = list(command)

    def measure(self, metric, processors):
        return parse_json_line(run(self.command + [metric], processors), metric)


class Workshop:
    """Makes the worker of a program.

    `built` is the folder with the programs that Bazel has built already,
    `workspace` that of the sources, `scratch` one that is emptied later.
    """

    def __init__(self, built, workspace, scratch):
        self.built = built
        self.workspace = workspace
        self.scratch = scratch

    def make(self, name):
        source = os.path.join(self.workspace, "benchmarks", name)
        if name.startswith("peer_boost"):
            return self._boost(name)
        if name.endswith(".go"):
            return self._go(source)
        if name.endswith(".py"):
            return self._python(source)
        return CppWorker(os.path.join(self.built, name))

    def _boost(self, name):
        header = f"/usr/include/boost/{name.split('_')[-1]}/fiber.hpp"
        if not os.path.exists(header):
            raise Missing(f"there is no {header}")
        bazel = os.path.join(self.workspace, "bazelw")
        self._build([bazel, "build", "-c", "opt", f"//benchmarks:{name}"])
        info = subprocess.run([bazel, "info", "-c", "opt", "bazel-bin"],
                              cwd=self.workspace, check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return CppWorker(os.path.join(info.stdout.strip(), "benchmarks", name))

    def _go(self, source):
        if not shutil.which("go"):
            raise Missing("there is no command go")
        program = os.path.join(self.scratch, "peer_go")
        self._build(["go", "build", "-o", program, source])
        return ScriptWorker(program)

    def _python(self, source):
        result = subprocess.run([PYTHON, "-c", "import greenlet"],
                                stderr=subprocess.DEVNULL)
        if result.returncode != 0:
            raise Missing(f"{PYTHON} has no module greenlet")
        return ScriptWorker(PYTHON, source)

    def _build(self, command):
        result = subprocess.run(command, cwd=self.workspace, text=True,
                                stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT)
        if result.returncode != 0:
            sys.stderr.write(result.stdout)
            raise WorkerError(f"{' '.join(command)}: cannot be built")
