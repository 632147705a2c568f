# Copyright 2026 The microthread Authors
# SPDX-License-Identifier: Apache-2.0
"""Draws how many times as much as microthread each peer takes."""

import metrics
import summary


def draw(entries, path):
    """Writes the chart; raises ImportError without matplotlib."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "microthread"  # the same every time
    from matplotlib import pyplot

    entries = [entry for entry in entries if "ratio" in entry]
    peers = list(dict.fromkeys(entry["peer"] for entry in entries))
    colors = dict(zip(peers, pyplot.get_cmap("tab10").colors))
    figure, axes = pyplot.subplots(figsize=(9, 1.2 + 0.22 * len(entries)))
    first_rows = {}
    row = 0
    for entry in entries:
        row += 1 if entry["metric"] in first_rows else 1.6
        first_rows.setdefault(entry["metric"], row)
        axes.barh(row, entry["ratio"] - 1, left=1, color=colors[entry["peer"]])
        axes.annotate(f" {entry['peer']} {summary.number(entry['ratio'])}",
                      (max(entry["ratio"], 1), row), va="center", fontsize=7)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_yticks(list(first_rows.values()), list(first_rows), fontsize=7)
    axes.set_xscale("log")
    axes.set_ylim(row + 1, 0.6)
    axes.margins(x=0.2)
    axes.set_xlabel(f"peer / {metrics.OURS} (medians; "
                    f"right of 1: {metrics.OURS} needs less)")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
