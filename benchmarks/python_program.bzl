"""Python scripts as programs and tests. Bazel 4 has py_binary built in, Bazel 9
only in a module that Bazel 4 does not have; this needs neither, only a python3
on the machine.
"""

_LAUNCHER = """#!/bin/sh
runfiles=${{RUNFILES_DIR:-$0.runfiles}}/{workspace}
MICROTHREAD_BENCHMARKS=$runfiles/{folder}
export MICROTHREAD_BENCHMARKS
PYTHONDONTWRITEBYTECODE=1 exec "$runfiles/{main}" "$@"
"""

def _python_program_impl(ctx):
    launcher = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(launcher, _LAUNCHER.format(
        workspace = ctx.workspace_name,
        folder = ctx.label.package,
        main = ctx.file.main.short_path,
    ), is_executable = True)
    runfiles = ctx.runfiles(files = [ctx.file.main] + ctx.files.srcs)
    for program in ctx.attr.data:
        runfiles = runfiles.merge(program[DefaultInfo].default_runfiles)
    return [DefaultInfo(executable = launcher, runfiles = runfiles)]

_ATTRS = {
    "data": attr.label_list(doc = "Programs that the script runs, in $MICROTHREAD_BENCHMARKS."),
    "main": attr.label(allow_single_file = [".py"], mandatory = True, doc = "The script, which is executable."),
    "srcs": attr.label_list(allow_files = [".py"], doc = "The modules that it imports."),
}

python_program = rule(
    implementation = _python_program_impl,
    attrs = _ATTRS,
    executable = True,
)

python_test = rule(
    implementation = _python_program_impl,
    attrs = _ATTRS,
    test = True,
)
