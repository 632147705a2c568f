# Copyright 2026 The microthread Authors
# SPDX-License-Identifier: Apache-2.0
"""What is measured, and which program of which peer measures it."""

import collections

OURS = "microthread"

# Name -> unit. In this order they are measured.
METRICS = {
    "raw_switch": "ns",
    "raw_switch_10k": "ns",
    "raw_switch_1m": "ns",
    "greenlet_switch": "ns",
    "generator_item": "ns",
    "yield_2": "ns",
    "yield_1000": "ns",
    "yield_100k": "ns",
    "spawn_pooled": "ns",
    "spawn_1m_alive": "MB",
    "kill_blocked": "ns",
    "memory_blocked_100k": "bytes",
    "memory_blocked_1m": "bytes",
    "channel_item": "ns",
    "channel_item_noinline": "ns",
    "channel_ping_pong": "ns",
    "ring_503": "ns",
    "sieve_2000": "ms",
    "skynet_1m": "ms",
    "skynet_1m_memory": "MB",
    "cross_thread_ping_pong_1core": "ns",
    "cross_thread_ping_pong_2core": "ns",
}

# Those that run on two processors; all others run on one.
TWO_CORES = {"cross_thread_ping_pong_2core"}

# What a program in C++ reports ("time" in seconds, "memory" in bytes) times
# this is the value in the unit.
SCALE = {
    "ns": ("time", 1e9),
    "ms": ("time", 1e3),
    "bytes": ("memory", 1),
    "MB": ("memory", 1e-6),
}

_CHANNELS = ("channel_item channel_item_noinline channel_ping_pong ring_503"
             " sieve_2000")
_THREADS = "cross_thread_ping_pong_1core cross_thread_ping_pong_2core"

Program = collections.namedtuple("Program", "peer name metrics")

# README.md says why a peer lacks a metric.
PROGRAMS = [
    Program(peer, name, metrics.split())
    for peer, name, metrics in [
        (OURS, "switch_benchmark", "raw_switch raw_switch_10k raw_switch_1m"),
        (OURS, "greenlet_benchmark", "greenlet_switch generator_item"),
        (OURS, "tasklet_benchmark",
         "yield_2 yield_1000 yield_100k spawn_pooled kill_blocked"),
        (OURS, "memory_benchmark",
         "spawn_1m_alive memory_blocked_100k memory_blocked_1m"),
        (OURS, "channel_benchmark", _CHANNELS),
        (OURS, "skynet_benchmark", "skynet_1m skynet_1m_memory"),
        (OURS, "thread_benchmark", _THREADS),
        ("Boost.Context", "peer_boost_context",
         "raw_switch raw_switch_10k raw_switch_1m greenlet_switch"
         " generator_item kill_blocked memory_blocked_100k memory_blocked_1m"),
        ("Boost.Fiber", "peer_boost_fiber",
         "yield_2 yield_1000 yield_100k spawn_pooled memory_blocked_100k "
         + _CHANNELS + " " + _THREADS),
        ("Go", "peer_go.go",
         "yield_2 yield_1000 yield_100k spawn_pooled spawn_1m_alive"
         " memory_blocked_100k memory_blocked_1m skynet_1m skynet_1m_memory "
         + _CHANNELS + " " + _THREADS),
        ("Python greenlet", "peer_greenlet.py",
         "greenlet_switch kill_blocked memory_blocked_100k"),
        ("C++20 coroutine", "peer_coroutine", "raw_switch generator_item"),
        ("std::thread", "peer_std_thread",
         "yield_2 spawn_pooled channel_item channel_ping_pong ring_503 "
         + _THREADS),
    ]
]
