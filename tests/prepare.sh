# Sourced by ./demo, ./check and .ci/run: packages to build and test with, and the build itself.

build_packages="autoconf automake libtool pkg-config gcc libc6-dev make libqb-dev libknet-dev libnozzle-dev
 libxml2-dev libxslt1-dev libglib2.0-dev libnss3-dev libgnutls28-dev libltdl-dev libsystemd-dev
 libbz2-dev libncurses-dev uuid-dev"
lab_packages="python3 systemd systemd-container iproute2 nftables curl tar util-linux"
test_packages="libcmocka-dev clang libclang-rt-14-dev valgrind libxml2-utils xsltproc"

need_root() {
    if [ "$(id -u)" != 0 ]; then
        echo "$0: must run as root: it installs packages and makes network namespaces" >&2
        exit 1
    fi
}

# give_up WHAT: after a command whose output is in the log
give_up() {
    tail -20 "$build_log" >&2
    echo "$1 (whole output: $build_log)" >&2
    exit 1
}

# install_packages NAME...: those of the packages that are not installed yet
install_packages() {
    local missing=
    for p in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing="$missing $p"
    done
    [ -n "$missing" ] || return 0
    echo "installing:$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q -y --no-install-recommends install $missing >"$build_log" 2>&1 ||
        { apt-get -q update &&
            apt-get -q -y --no-install-recommends install $missing; } >>"$build_log" 2>&1 ||
        give_up "could not install:$missing"
}

# configure_build DIR [CONFIGURE-OPTION...]: create or refresh the build directory
configure_build() {
    local dir=$1
    shift
    if [ ! -x "$top/configure" ] || [ "$top/configure.ac" -nt "$top/configure" ]; then
        "$top/autogen.sh" >"$build_log" 2>&1 || give_up "autogen.sh failed"
    fi
    mkdir -p "$dir"
    [ -f "$dir/Makefile" ] ||
        (cd "$dir" && "$top/configure" --prefix=/usr --sysconfdir=/etc --localstatedir=/var \
            --libexecdir=/usr/lib --libdir="/usr/lib/$(gcc -print-multiarch)" \
            --with-systemdsystemunitdir=/usr/lib/systemd/system "$@") >"$build_log" 2>&1 ||
        give_up "configure failed"
}

# make_in DIR TARGET...
make_in() {
    make -j"$(nproc)" -C "$@" >"$build_log" 2>&1 ||
        {
            grep -E 'error|Error|warning' "$build_log" | head -20 >&2
            echo "make failed (whole output: $build_log)" >&2
            exit 1
        }
}
