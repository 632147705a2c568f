"""Repository rules that present installed Debian packages as Bazel packages."""

_HEADER = """load("@rules_cc//cc:defs.bzl", "cc_library")

package(default_visibility = ["//visibility:public"])
"""

_LIBRARY = """
cc_library(
    name = "{name}",
    linkopts = {linkopts},
)
"""

def _pkg_config(ctx, module):
    if ctx.os.environ.get("MICROTHREAD_HEADERS_ONLY") == "1":
        return []
    tool = ctx.which("pkg-config")
    if not tool:
        fail("pkg-config is missing; try: apt-get install pkg-config")
    result = ctx.execute([tool, "--libs", module])
    if result.return_code != 0:
        fail("{}: pkg-config does not know {}; try: apt-get install {}\n{}".format(
            ctx.name,
            module,
            ctx.attr.package,
            result.stderr,
        ))
    return [word for word in result.stdout.strip().split(" ") if word]

def _pkg_config_repository_impl(ctx):
    builds = {}
    for target, modules in ctx.attr.targets.items():
        folder, name = target.split(":")
        words = modules.split(" ")
        linkopts = words[1:] + _pkg_config(ctx, words[0])
        builds.setdefault(folder, [_HEADER]).append(
            _LIBRARY.format(name = name, linkopts = repr(linkopts)),
        )
    for folder, parts in builds.items():
        ctx.file((folder + "/" if folder else "") + "BUILD", "".join(parts))

pkg_config_repository = repository_rule(
    implementation = _pkg_config_repository_impl,
    doc = "Libraries found through pkg-config; their headers lie in /usr/include.",
    attrs = {
        "package": attr.string(mandatory = True, doc = "Debian package to name when one is missing."),
        "targets": attr.string_dict(mandatory = True, doc = "folder:name of each target -> pkg-config module."),
    },
    # Headers only: for an architecture that has no such packages. What needs
    # more than headers does not link then. Set by --repo_env.
    environ = ["MICROTHREAD_HEADERS_ONLY", "PKG_CONFIG_LIBDIR", "PKG_CONFIG_PATH"],
    local = True,
)

def _system_repository_impl(ctx):
    root = ctx.path(ctx.attr.path)
    if not root.exists:
        fail("{}: {} is missing; try: apt-get install {}".format(ctx.name, ctx.attr.path, ctx.attr.package))
    for child in root.readdir():
        ctx.symlink(child, child.basename)
    ctx.symlink(ctx.attr.build_file, "BUILD")

system_repository = repository_rule(
    implementation = _system_repository_impl,
    doc = "Sources that a Debian package installs, under a BUILD file of ours.",
    attrs = {
        "build_file": attr.label(mandatory = True, allow_single_file = True),
        "package": attr.string(mandatory = True),
        "path": attr.string(mandatory = True),
    },
    local = True,
)

def _native_rules_impl(ctx):
    ctx.file(ctx.attr.folder + "/BUILD")
    ctx.file(ctx.attr.folder + "/defs.bzl", "".join([
        "{rule} = native.{rule}\n".format(rule = rule)
        for rule in ctx.attr.rules
    ]))

native_rules = repository_rule(
    implementation = _native_rules_impl,
    doc = "Stands in for rules_cc or rules_java where the rules are built into " +
          "Bazel: Bazel 4 loads both for its own toolchains and would download them.",
    attrs = {
        "folder": attr.string(mandatory = True),
        "rules": attr.string_list(mandatory = True),
    },
)

def _empty_targets_impl(ctx):
    ctx.file("BUILD", "".join([
        "filegroup(name = %r, visibility = [\"//visibility:public\"])\n" % target
        for target in ctx.attr.targets
    ]))

empty_targets = repository_rule(
    implementation = _empty_targets_impl,
    doc = "A repository whose targets exist and hold nothing.",
    attrs = {"targets": attr.string_list(mandatory = True)},
)
