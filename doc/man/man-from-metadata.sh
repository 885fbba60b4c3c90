#!/bin/sh
# man-from-metadata.sh NAME SECTION: a man page on stdout from the metadata (XML of OCF) of an agent or daemon
# on stdin.
set -eu
awk -v name="$1" -v section="$2" '
    function plain(text) {
        gsub(/&lt;/, "<", text)
        gsub(/&gt;/, ">", text)
        gsub(/&quot;/, "\"", text)
        gsub(/&apos;/, "\047", text)
        gsub(/&#10;/, "\n", text); gsub(/&amp;/, "\\&", text)
        gsub(/\\/, "\\e", text); gsub(/-/, "\\-", text)
        gsub(/^[ \n]+|[ \n]+$/, "", text)
        gsub(/\n[ \t]*\n/, "\n.PP\n", text)
        gsub(/\n[ \t]+/, "\n", text)
        gsub(/\n\047/, "\n\\\\\\&\047", text); gsub(/\n\.([^P])/, "\n\\\\\\&.", text)
        if (text ~ /^[.\047]/) text = "\\&" text
        return text
    }
    function value(tag, key,    quoted) {
        if (!match(tag, "[ \n]" key "=\"[^\"]*\"")) return ""
        quoted = substr(tag, RSTART, RLENGTH)
        sub("^[ \n]" key "=\"", "", quoted); sub(/"$/, "", quoted)
        return quoted
    }
    function finish_parameter(    facts) {
        facts = type == "" ? "" : type
        if (choices != "") facts = facts " (" choices ")"
        if (preset != "") facts = facts (facts == "" ? "" : ", ") "default \"" preset "\""
        if (needed) facts = "required" (facts == "" ? "" : ", ") facts
        default_text = facts == "" ? "" : " = \\fI" plain(facts) "\\fR"
        parameters = parameters ".TP\n\\fB" plain(parameter) "\\fR" default_text "\n"
        if (param_short != "") {
            end = param_short ~ /[.?!]\n*$/ ? "\n" : ".\n"
            parameters = parameters plain(param_short) end
        }
        if (param_long != "" && param_long != param_short) parameters = parameters plain(param_long) "\n"
    }
    BEGIN { RS = "<" }
    NR == 1 { next }
    {
        at = index($0, ">"); tag = substr($0, 1, at - 1); text = substr($0, at + 1)
        word = tag; sub(/[ \n\/].*/, "", word); if (tag ~ /^\//) word = "/" substr(tag, 2)
    }
    word == "parameter" { parameter = value(tag, "name"); needed = value(tag, "required") == "1"
                          type = preset = choices = param_short = param_long = "" }
    word == "resource-agent" && value(tag, "shortdesc") != "" { short = value(tag, "shortdesc") }
    word == "longdesc" && text !~ /^[ \n]*$/ { if (parameter != "") param_long = text; else long = text }
    word == "shortdesc" && text !~ /^[ \n]*$/ { if (parameter != "") param_short = text; else short = text }
    word == "content" { type = value(tag, "type"); preset = value(tag, "default") }
    word == "option" { choices = choices (choices == "" ? "" : ", ") value(tag, "value") }
    word == "/parameter" { finish_parameter(); parameter = "" }
    word == "action" {
        line = value(tag, "name")
        if (value(tag, "interval") != "") line = line ", interval " value(tag, "interval")
        if (value(tag, "timeout") != "") line = line ", timeout " value(tag, "timeout")
        if (value(tag, "role") != "") line = line ", role " value(tag, "role")
        actions = actions ".br\n" plain(line) "\n"
    }
    END {
        printf ".TH %s %s \"\" \"Quorate\" \"Cluster\"\n.SH NAME\n", toupper(name), section
        what = plain(short == "" ? long : short); sub(/\n.*/, "", what)
        printf "%s \\- %s\n.SH DESCRIPTION\n%s\n", plain(name), what, plain(long == "" ? short : long)
        if (parameters != "") printf ".SH PARAMETERS\n%s", parameters
        if (actions != "") printf ".SH ACTIONS\n%s", actions
    }'
