# Takes the programs of a Markdown page, and what they print, apart into files;
# see snippets.bzl. -v prefix=P: what the names of the files begin with.
# -v programs="A B": the programs that the page has to have, in this order.

function fail(text) {
  print FILENAME ":" FNR ": " text > "/dev/stderr"
  failed = 1
  exit 1
}

# A compiler's message about the text names its line in the page.
function at_line(line) {
  return "#line " line " \"" FILENAME "\"\n"
}

function write_program(file) {
  file = prefix program ".cc"
  if (text !~ /#include/) printf "%s", prologue > file
  if (text ~ /int main\(/) {
    printf "%s%s", at_line(start), text > file
  } else {
    printf "int main() {\n%s%s}\n", at_line(start), text > file
  }
  close(file)
}

function write_output(file) {
  file = prefix program ".txt"
  printf "%s", text > file
  close(file)
  written = written (written == "" ? "" : " ") program
  program = ""
}

/^<!-- prologue -->$/ { next_is_prologue = 1; next }

/^<!-- program: [a-z0-9_]+ -->$/ {
  if (program != "") fail("no ```text block says what " program " prints")
  program = $3
  next_is_program = 1
  next
}

block == "" && /^```/ {
  block = substr($0, 4) == "" ? "plain" : substr($0, 4)
  text = ""
  start = FNR + 1
  if (block == "cpp" && !next_is_program && !next_is_prologue) {
    fail("a cpp block without a line <!-- program: NAME -->")
  }
  next
}

block != "" && /^```$/ {
  if (block == "cpp" && next_is_prologue) {
    prologue = at_line(start) text
    next_is_prologue = 0
  } else if (block == "cpp") {
    write_program()
    next_is_program = 0
  } else if (block == "text" && program != "") {
    if (next_is_program) fail("a text block before the program " program)
    write_output()
  }
  block = ""
  next
}

block != "" { text = text $0 "\n" }

END {
  if (failed) exit 1
  if (program != "") fail("no ```text block says what " program " prints")
  if (written != programs) {
    fail("the page has the programs\n  " written "\nand the rule names\n  " programs)
  }
}
