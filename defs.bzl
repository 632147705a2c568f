"""Build settings that every target of the library shares."""

# On every target, not only in .bazelrc: our .bazelrc does not reach those who
# use microthread from another workspace.
MICROTHREAD_COPTS = ["-std=c++20"]
