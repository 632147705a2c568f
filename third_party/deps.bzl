"""Dependencies for builds without bzlmod, taken from Debian/Ubuntu packages.

A workspace that wants other versions defines the repositories of the same
names (for instance with http_archive) before it calls microthread_deps().
"""

load(":system.bzl", "empty_targets", "native_rules", "pkg_config_repository", "system_repository")

def _maybe(rule, name, **kwargs):
    if not native.existing_rule(name):
        rule(name = name, **kwargs)

def microthread_deps():
    """Defines what microthread needs and the workspace has not defined yet."""
    _maybe(
        native_rules,
        name = "rules_cc",
        folder = "cc",
        rules = [
            "cc_binary",
            "cc_import",
            "cc_library",
            "cc_test",
            "cc_toolchain",
            "cc_toolchain_suite",
        ],
    )
    _maybe(
        native_rules,
        name = "rules_java",
        folder = "java",
        rules = [
            "java_binary",
            "java_import",
            "java_library",
            "java_runtime",
            "java_toolchain",
        ],
    )

    # Without synchronization: Debian's Abseil is not instrumented, so TSan
    # takes what absl::Mutex protects for races. Use std::mutex.
    _maybe(
        pkg_config_repository,
        name = "com_google_absl",
        package = "libabsl-dev",
        targets = {
            "absl/base:config": "absl_config",
            "absl/base:core_headers": "absl_core_headers",
            "absl/container:flat_hash_map": "absl_flat_hash_map",
            "absl/debugging:stacktrace": "absl_stacktrace",
            "absl/debugging:symbolize": "absl_symbolize",
            "absl/flags:flag": "absl_flags",
            "absl/flags:parse": "absl_flags_parse",
            "absl/flags:usage": "absl_flags_usage",
            "absl/functional:any_invocable": "absl_any_invocable",
            "absl/status:status": "absl_status",
            "absl/status:statusor": "absl_statusor",
            "absl/strings:str_format": "absl_str_format",
            "absl/strings:strings": "absl_strings",
            "absl/time:time": "absl_time",
            "absl/types:span": "absl_span",
        },
    )

    # From source: GoogleTest is then built for C++20, with the sanitizer, and
    # by the cross compiler.
    _maybe(
        system_repository,
        name = "com_google_googletest",
        build_file = Label("//third_party:googletest.BUILD"),
        package = "googletest",
        path = "/usr/src/googletest",
    )
    _maybe(
        pkg_config_repository,
        name = "com_google_benchmark",
        package = "libbenchmark-dev",
        targets = {
            ":benchmark": "benchmark",
            ":benchmark_main": "benchmark -lbenchmark_main",
        },
    )

    # Every test names the coverage tool, which Bazel 4 would download.
    _maybe(
        empty_targets,
        name = "remote_coverage_tools",
        targets = ["coverage_report_generator", "Main"],
    )
