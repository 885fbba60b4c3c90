#!/bin/sh
# man-from-help.sh PROGRAM NAME SECTION ARGUMENT: a man page on stdout from what PROGRAM prints with ARGUMENT
# (--help-all or --help).
set -eu
"$1" "$4" 2>/dev/null | awk -v name="$2" -v section="$3" '
    function plain(text) {
        gsub(/\\/, "\\e", text)
        gsub(/-/, "\\-", text)
        return text ~ /^[.\047]/ ? "\\&" text : text
    }
    function verbatim(on) { if (on != raw) print on ? ".nf" : ".fi"; raw = on }
    BEGIN { upper = toupper(name); printf ".TH %s %s \"\" \"Quorate\" \"Cluster\"\n", upper, section }
    { gsub(/\t/, "        "); lines[NR] = $0 }
    END {
        first = 1
        if (lines[1] ~ /^Usage:/) {             # GLib: usage, then what it is for
            usage = lines[2]; first = 4
        }
        for (i = first; i <= NR && usage == ""; i++) {
            if (lines[i] ~ /^Usage: /) { usage = substr(lines[i], 8); lines[i] = "" }
        }
        what = lines[first]; sub("^" name "[ ]*-[ ]*", "", what)
        printf ".SH NAME\n%s \\- %s\n", plain(name), plain(what == "" ? "a command of the cluster" : what)
        sub(/^ +/, "", usage)
        printf ".SH SYNOPSIS\n.B %s\n", plain(usage == "" ? name " [options]" : usage)
        print ".SH DESCRIPTION"
        for (i = first + 1; i <= NR; i++) {
            line = lines[i]
            if (line ~ /^[A-Z][^:]*:$/) {       # a heading
                verbatim(0); sub(/:$/, "", line); printf ".SS \"%s\"\n", plain(line); option = 0
            } else if (match(line, /^ +-[^ ].*$/) && match(line, /[^ ]   *[^ ]/) && line ~ /^ +-[^ ]/) {
                verbatim(0); sub(/^ +/, "", line)
                text = ""; at = match(line, /  +/)
                if (at > 0) { text = substr(line, at + RLENGTH); line = substr(line, 1, at - 1) }
                printf ".TP\n.B %s\n%s\n", plain(line), plain(text); option = 1
            } else if (line ~ /^          / && option) {
                sub(/^ +/, "", line); print plain(line)
            } else if (line == "") {
                if (!raw) print ".PP"; else print ""
                option = 0
            } else if (line ~ /^[ \t]/) {
                verbatim(1); print plain(line); option = 0
            } else {
                verbatim(0); print plain(line); option = 0
            }
        }
        verbatim(0)
    }'
