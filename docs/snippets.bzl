"""Programs that Markdown pages show are built, run, and compared with what the
page says that they print. In the page:

    <!-- program: hello -->
    ```cpp
    std::cout << "hello\\n";
    ```

    ```text
    hello
    ```

A program without an #include stands after the page's `<!-- prologue -->` block,
one without main() is the body of one. Every cpp block of the page has to be one
of the two, and every program needs the text block that follows it: what it
writes to standard output, then what it writes to standard error, then, if it
does not end with status 0, the line "(exit status N)".
"""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_test")
load("//:defs.bzl", "MICROTHREAD_COPTS")

def markdown_programs(name, page, programs, deps, tags = []):
    """The programs of a page as targets, and `<name>_test`, which runs them.

    Args:
      name: what the names of the targets begin with.
      page: the Markdown file.
      programs: the names of its programs, in their order.
      deps: what all of them need.
      tags: of the test.
    """
    binaries = [name + "_" + program for program in programs]
    native.genrule(
        name = name + "_programs",
        srcs = [page],
        outs = [b + ".cc" for b in binaries] + [b + ".txt" for b in binaries],
        cmd = "awk -v prefix=$(RULEDIR)/%s_ -v programs='%s' -f $(location //docs:snippets.awk) $(SRCS)" %
              (name, " ".join(programs)),
        tools = ["//docs:snippets.awk"],
    )
    for binary in binaries:
        cc_binary(
            name = binary,
            srcs = [binary + ".cc"],
            copts = MICROTHREAD_COPTS,
            deps = deps,
        )
    cc_test(
        name = name + "_test",
        size = "small",
        args = ["$(rootpath %s)" % b for b in binaries] +
               ["$(rootpath %s.txt)" % b for b in binaries],
        copts = MICROTHREAD_COPTS,
        data = binaries + [b + ".txt" for b in binaries],
        tags = tags,
        deps = ["//tests/docs:page_test"],
    )
