# Turns what a program's --help prints into sections of a man page, so that they
# cannot say two things. It knows this layout:
#
#   Title:                  at the left margin: a section
#   text at the margin      a paragraph
#     TERM   what it is     two spaces before it and two or more behind: a term
#            more of it     further in: goes on, or, as "term   text", a term below it

function escaped(text) {
  gsub(/\\/, "\\e", text)
  gsub(/-/, "\\-", text)
  if (text ~ /^[.']/) text = "\\&" text
  return text
}

# Flags bold, what they take in italics.
function term(text,  words, count, i, line) {
  count = split(text, words, " ")
  for (i = 1; i <= count; ++i) {
    line = line (i > 1 ? " " : "") (words[i] ~ /^[A-Z]+$/ ? "\\fI" : "\\fB") escaped(words[i]) "\\fR"
  }
  return line
}

function end_nested() {
  if (nested) print ".RE"
  nested = 0
}

{ gsub(/[ \t]+$/, "") }

# The first line is the page's NAME, the usage its SYNOPSIS.
NR == 1 || /^Usage:/ { next }

/^$/ {
  end_nested()
  paragraph = 1
  next
}

/^[A-Z][a-z]+( [a-z()]+)*:$/ {
  end_nested()
  title = toupper(substr($0, 1, length($0) - 1))
  sub(/ \(DEFAULT\)$/, "", title)
  sub(/^FLAGS$/, "OPTIONS", title)
  sub(/^EXIT CODES$/, "EXIT STATUS", title)
  print ".SH " title
  in_section = 1
  paragraph = 0
  next
}

/^Exit codes: / {
  print ".SH EXIT STATUS"
  sub(/^Exit codes: /, "")
  title = "EXIT STATUS"
  paragraph = 0
}

/^[^ ]/ {
  if (paragraph) print in_section && title == "OPTIONS" && !told ? ".SH ENVIRONMENT" : ".PP"
  if (paragraph) told = 1
  paragraph = 0
  print escaped($0)
  next
}

/^  [^ ]/ {
  end_nested()
  if (!in_section) print ".SH OPTIONS"
  if (!in_section) title = "OPTIONS"
  in_section = 1
  line = substr($0, 3)
  at = match(line, /  +/)
  print ".TP"
  print term(at ? substr(line, 1, at - 1) : line)
  if (at) print escaped(substr(line, at + RLENGTH))
  next
}

{
  sub(/^ +/, "")
  at = match($0, /  +/)
  if (!at) {
    print escaped($0)
    next
  }
  if (!nested) print ".RS"
  nested = 1
  print ".TP 12"
  print "\\fB" escaped(substr($0, 1, at - 1)) "\\fR"
  print escaped(substr($0, at + RLENGTH))
}

END { end_nested() }
