#!/usr/bin/python3
# Copyright 2026 The microthread Authors
# SPDX-License-Identifier: Apache-2.0
"""What compare makes of what the programs print, with fake programs."""

import contextlib
import io
import json
import os
import re
import tempfile
import unittest

import compare
import metrics
import summary
import workers


class FakeWorker:
    """Logs that it runs, and returns the next of its values."""

    def __init__(self, log, name, values, notes={}):
        self.log = log
        self.name = name
        self.values = iter(values)
        self.notes = notes

    def measure(self, metric, processors):
        self.log.append(f"{self.name} {metric} on {len(processors)}")
        return workers.Measurement(next(self.values), self.notes)


class CompareTest(unittest.TestCase):
    maxDiff = None

    def test_peers_take_turns_and_all_runs_are_kept(self):
        log = []
        found = {
            "yield_2": {
                "microthread": FakeWorker(log, "ours", [3.0, 1.0, 2.0]),
                "Go": FakeWorker(log, "theirs", [50.0, 60.0, 70.0]),
            },
            "memory_blocked_1m": {
                "Go": FakeWorker(log, "theirs", [2700.0, 2700.0, 2727.0],
                                 {"page_tables": 5.375, "mappings": 40}),
            },
        }
        printed = io.StringIO()
        with tempfile.TemporaryDirectory() as out:
            with contextlib.redirect_stdout(printed):
                entries = compare.compare(found, 3, out)
            with open(os.path.join(out, "compare.json")) as file:
                written = json.load(file)
        self.assertEqual(
            log, ["ours yield_2 on 1", "theirs yield_2 on 1"] * 3
            + ["theirs memory_blocked_1m on 1"] * 3)
        self.assertEqual(written, [
            {"metric": "yield_2", "peer": "microthread", "unit": "ns",
             "min": 1.0, "median": 2.0, "runs": [3.0, 1.0, 2.0]},
            {"metric": "yield_2", "peer": "Go", "unit": "ns",
             "min": 50.0, "median": 60.0, "runs": [50.0, 60.0, 70.0],
             "ratio": 30.0},
            {"metric": "memory_blocked_1m", "peer": "Go", "unit": "bytes",
             "min": 2700.0, "median": 2700.0,
             "runs": [2700.0, 2700.0, 2727.0]},
        ])
        self.assertEqual(written, entries)
        self.assertEqual(
            re.sub(r"\[[0-9.]+ s\]", "[time]", printed.getvalue()),
            "yield_2 [time]: microthread 2.00 ns; Go 60.0 ns (30.0x)\n"
            "memory_blocked_1m [time]: Go 2,700 bytes, mappings 40, "
            "page_tables 5.38\n")
        self.assertEqual(summary.table(entries), "\n".join([
            "| metric | who | min | median | spread | ratio |",
            "| --- | --- | ---: | ---: | ---: | ---: |",
            "| `yield_2` | microthread | 1.00 ns | 2.00 ns | 200% |  |",
            "|  | Go | 50.0 ns | 60.0 ns | 40% | 30.0 |",
            "| `memory_blocked_1m` | Go | 2,700 bytes | 2,700 bytes | 1% |  |",
        ]))

    def test_large_values_get_a_larger_unit(self):
        self.assertEqual(
            [summary.with_unit(value, unit) for value, unit in [
                (0.876, "ns"), (9_999.4, "ns"), (12_345, "ns"),
                (12_345, "ms"), (4_321.5, "MB")]],
            ["0.88 ns", "9,999 ns", "12.3 us", "12.3 s", "4,322 MB"])


class WorkerTest(unittest.TestCase):
    def report(self, build="optimized", **counters):
        return json.dumps({"context": {"build": build},
                           "benchmarks": [{"real_time": 7.0, **counters}]})

    def test_times_and_memory_are_in_the_unit_of_the_metric(self):
        report = workers.parse_google_benchmark
        self.assertEqual(report(self.report(time=0.25), "sieve_2000"),
                         (250.0, {}))
        self.assertEqual(
            report(self.report(memory=5e6, page_tables=2e6, mappings=9),
                   "spawn_1m_alive"),
            (5.0, {"page_tables": 2.0, "mappings": 9}))
        self.assertEqual(
            workers.parse_json_line('{"value": 7, "unit": "ns"}', "yield_2"),
            (7, {}))

    def test_what_cannot_be_compared_is_refused(self):
        errors = []
        for parse, output in [
                (workers.parse_google_benchmark, ""),
                (workers.parse_google_benchmark,
                 self.report(build="NOT OPTIMIZED: use -c opt", time=1.0)),
                (workers.parse_json_line, '{"value": 7, "unit": "ms"}')]:
            with self.assertRaises(workers.WorkerError) as caught:
                parse(output, "yield_2")
            errors.append(str(caught.exception))
        self.assertEqual(errors, [
            "yield_2: the program has no benchmark of that name",
            "not an optimized build; use: bazelw run -c opt ...",
            "yield_2: in ms, not in ns",
        ])

    def test_a_failed_program_is_an_error_with_what_it_said(self):
        processors = os.sched_getaffinity(0)
        self.assertEqual(workers.run(["echo", "right"], processors), "right\n")
        with self.assertRaises(workers.WorkerError) as caught:
            workers.run(["sh", "-c", "echo wrong sum >&2; exit 3"], processors)
        self.assertEqual(
            str(caught.exception),
            "sh -c echo wrong sum >&2; exit 3: ended with status 3\n"
            "wrong sum\n")

    def test_a_metric_runs_on_one_processor_or_on_two(self):
        choose = workers.choose_processors
        two = "cross_thread_ping_pong_2core"
        self.assertEqual(
            [choose("yield_2", {4}), choose("yield_2", {2, 4, 6}),
             choose(two, {4}), choose(two, {2, 4, 6})],
            [{4}, {4}, None, {2, 4}])

    def test_every_metric_is_measured_by_microthread_and_a_peer(self):
        for metric in metrics.METRICS:
            peers = [program.peer for program in metrics.PROGRAMS
                     if metric in program.metrics]
            self.assertEqual(peers[0], metrics.OURS, metric)
            self.assertGreater(len(peers), 1, metric)
            self.assertEqual(len(peers), len(set(peers)), metric)


if __name__ == "__main__":
    unittest.main()
