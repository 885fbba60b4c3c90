#!/usr/bin/env bash
# Compares soname, exported symbols and symbol versions of the client libraries with abi.list,
# the interface that existing programs are linked with.
set -u
cd "${top_builddir:?}" || exit 99
list=${top_srcdir:?}/corosync/client/abi.list
mapfile -t libraries < <(cut -d' ' -f1 "$list" | sort -u)

# "LIBRARY soname SONAME" and "LIBRARY symbol NAME[@@VERSION]" of one built library
exported() {
    local name=$1 file=$2
    objdump -p "$file" | awk -v n="$name" '$1 == "SONAME" { print n " soname " $2 }'
    # the sanitizers' own symbols are the compiler's, not ours
    nm -D --defined-only --with-symbol-versions "$file" |
        awk -v n="$name" '
            $2 ~ /[TDBR]/ && $3 !~ /san_|^_(_|init$|fini$|edata$|end$)/ { print n " symbol " $3 }'
}

echo "1..${#libraries[@]}"
n=0
for name in "${libraries[@]}"; do
    n=$((n + 1))
    file=corosync/client/.libs/$name.so
    differences=$(diff <(grep "^$name " "$list" | sort) <(exported "$name" "$file" | sort))
    if [ -z "$differences" ]; then
        echo "ok $n - $name exports what it promises"
    else
        echo "not ok $n - $name exports what it promises"
        sed 's/^/# /' <<<"$differences"
    fi
done
