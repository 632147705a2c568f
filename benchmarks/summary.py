# Copyright 2026 The microthread Authors
# SPDX-License-Identifier: Apache-2.0
"""What is made of the single values: statistics, and how they are shown."""

import statistics

import metrics


def summarize(values):
    """Objects as in compare.json.

    `values` has for each metric, in order, a dictionary from the peer to the
    values of its runs.
    """
    entries = []
    for metric, by_peer in values.items():
        ours = by_peer.get(metrics.OURS)
        for peer, runs in by_peer.items():
            entry = {
                "metric": metric,
                "peer": peer,
                "unit": metrics.METRICS[metric],
                "min": min(runs),
                "median": statistics.median(runs),
                "runs": runs,
            }
            if ours and peer != metrics.OURS:
                entry["ratio"] = entry["median"] / statistics.median(ours)
            entries.append(entry)
    return entries


def number(value):
    """Three digits that count, without an exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def note(value):
    """A count, or a measure."""
    return f"{value:,.0f}" if value == int(value) else number(value)


def with_unit(value, unit):
    for larger, smaller in [("us", "ns"), ("s", "ms")]:
        if unit == smaller and value >= 10_000:
            return f"{number(value / 1000)} {larger}"
    return f"{number(value)} {unit}"


def spread(runs):
    """By how much the largest value exceeds the smallest."""
    return f"{(max(runs) / min(runs) - 1) * 100:.0f}%"


def describe(entry):
    """An entry in few words, for the line of its metric."""
    text = f"{entry['peer']} {with_unit(entry['median'], entry['unit'])}"
    if "ratio" in entry:
        text += f" ({number(entry['ratio'])}x)"
    return text


def table(entries):
    """The entries as a table in Markdown."""
    lines = [
        "| metric | who | min | median | spread | ratio |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    before = None
    for entry in entries:
        metric = entry["metric"]
        lines.append("| " + " | ".join([
            f"`{metric}`" if metric != before else "",
            entry["peer"],
            with_unit(entry["min"], entry["unit"]),
            with_unit(entry["median"], entry["unit"]),
            spread(entry["runs"]),
            number(entry["ratio"]) if "ratio" in entry else "",
        ]) + " |")
        before = metric
    return "\n".join(lines)
