#!/usr/bin/env python3
"""Counts the test cases of one `bazel test`, from its build event file.

usage: summary.py BEP_JSON BAZEL_EXIT_STATUS; prints what failed and why, and at
the end "N passed, N failed".
Reads only what that invocation reports, so old results in bazel-testlogs do
not count. A test program that did not build, crashed or timed out counts as
one failure; skipped and disabled cases count as neither.
"""

import json
import sys
import urllib.parse
import xml.etree.ElementTree as ET


MAX_LINES_PER_FAILURE = 12


def cases(xml_path):
    """The number of passed cases, and a text for each failed one."""
    passed = 0
    failed = []
    for case in ET.parse(xml_path).iter("testcase"):
        fault = next((f for f in case if f.tag in ("failure", "error")), None)
        if fault is not None:
            text = (fault.text or fault.get("message") or "").strip().splitlines()
            failed.append("\n  ".join([case.get("name", "?")] + text[:MAX_LINES_PER_FAILURE]))
        # Only GoogleTest knows "result"; of any other program, Bazel itself
        # reports one case.
        elif case.get("status") == "run" and case.get("result", "completed") == "completed":
            passed += 1
    return passed, failed


def count(bep_path):
    """The number of passed cases, and a text for each failed one or program."""
    tests = {}  # label -> [passed, [text of a failed case, ...], reported]
    with open(bep_path, encoding="utf-8") as events:
        for event in map(json.loads, events):
            ident = event["id"]
            if "configured" in event and event["configured"].get("testSize"):
                tests.setdefault(ident["targetConfigured"]["label"], [0, [], False])
            if "testResult" in event:
                entry = tests.setdefault(ident["testResult"]["label"], [0, [], False])
                result = event["testResult"]
                passed, failed = 0, []
                for output in result.get("testActionOutput", []):
                    if output["name"] == "test.xml":
                        path = urllib.parse.urlparse(output["uri"]).path
                        passed, failed = cases(urllib.parse.unquote(path))
                if result.get("status") != "PASSED" and not failed:
                    failed = [result.get("status", "no status")]
                entry[0] += passed
                entry[1] += failed
                entry[2] = True
    passed = sum(entry[0] for entry in tests.values())
    failed = [
        f"{label} {text}"
        for label, entry in tests.items()
        for text in (entry[1] if entry[2] else ["did not build or did not run"])
    ]
    return passed, failed


def main(bep_path, bazel_status):
    try:
        passed, failed = count(bep_path)
    except FileNotFoundError:  # Bazel did not even start
        passed, failed = 0, []
    if bazel_status != 0 and not failed:
        failed = [f"bazel ended with status {bazel_status}"]
    for text in failed:
        print("FAILED", text)
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
