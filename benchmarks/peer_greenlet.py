#!/usr/bin/python3
# Copyright 2026 The microthread Authors
# SPDX-License-Identifier: Apache-2.0
"""What the metrics are in Python's greenlet. The argument is the name of a
metric; the answer is a line of JSON."""

import json
import sys
import time

from greenlet import GreenletExit, getcurrent, greenlet


def check(what, actual, expected):
    if actual != expected:
        sys.exit(f"wrong {what}: {actual} instead of {expected}")


def in_ns(seconds, count):
    return {"value": seconds * 1e9 / count, "unit": "ns"}


def memory(key):
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith(key + ":"):
                return int(line.split()[1]) * 1024
    sys.exit("no " + key)


def greenlet_switch():
    round_trips = 1_000_000
    main_switch = getcurrent().switch

    def echo(number):
        while True:
            number = main_switch(number + 1)

    switch = greenlet(echo).switch
    number = 0
    start = time.process_time()
    for _ in range(round_trips):
        number = switch(number)
    seconds = time.process_time() - start
    check("number", number, round_trips)
    return in_ns(seconds, 2 * round_trips)


def suspend(count, unwound):
    """Greenlets that are suspended, and add to `unwound` when they are left."""
    main_switch = getcurrent().switch

    def wait():
        try:
            main_switch()
        finally:
            unwound[0] += 1

    greenlets = [greenlet(wait) for _ in range(count)]
    for one in greenlets:
        one.switch()
    return greenlets


def kill_blocked():
    rounds, batch = 50, 1_000
    unwound = [0]
    seconds = 0.0
    for _ in range(rounds):
        victims = suspend(batch, unwound)
        start = time.process_time()
        for victim in victims:
            victim.throw(GreenletExit)
        seconds += time.process_time() - start
    check("number unwound", unwound[0], rounds * batch)
    return in_ns(seconds, rounds * batch)


def memory_blocked(count):
    unwound = [0]
    before, tables = memory("VmRSS"), memory("VmPTE")
    greenlets = suspend(count, unwound)
    with open("/proc/self/maps") as maps:
        notes = {
            "page_tables": (memory("VmPTE") - tables) / count,
            "mappings": len(maps.readlines()),
        }
    value = (memory("VmRSS") - before) / count
    for one in greenlets:
        one.throw(GreenletExit)
    check("number unwound", unwound[0], count)
    return {"value": value, "unit": "bytes", "notes": notes}


METRICS = {
    "greenlet_switch": greenlet_switch,
    "kill_blocked": kill_blocked,
    "memory_blocked_100k": lambda: memory_blocked(100_000),
}


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in METRICS:
        sys.exit("usage: peer_greenlet.py METRIC")
    print(json.dumps(METRICS[sys.argv[1]]()))
