#!/bin/sh
# Builds the Python firmware: target/micropython/micropython.elf.
#
#   firmware/micropython/build.sh                          MicroPython's sources from Debian's source package
#   MICROPYTHON_DIR=DIR firmware/micropython/build.sh      from an unpacked MicroPython of one's own, 1.25
#
# Needs arm-none-eabi-gcc with newlib, make and python3; without MICROPYTHON_DIR also apt-get and dpkg-source (./setup.sh --tests installs
# all of that on Debian and Ubuntu). The sources come from Debian 13 (trixie) by the mirror that this machine's apt is set up for, with
# signatures checked, into target/micropython/source; apt's own lists, sources and caches are neither used nor changed.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
out=$(dirname -- "$(dirname -- "$here")")/target/micropython
suite=trixie
version=1.25.

say() { printf '%s\n' "build.sh: $*" >&2; }
die() { say "$1"; exit 2; }
have() { command -v "$1" >/dev/null 2>&1; }

case "${1-}" in
    '') ;;
    -h | --help) sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) die "unknown argument '$1'; there are none" ;;
esac

have arm-none-eabi-gcc || die "arm-none-eabi-gcc is missing (Debian: gcc-arm-none-eabi libnewlib-arm-none-eabi)"
echo '#include <math.h>' | arm-none-eabi-gcc -E - >/dev/null 2>&1 || die "arm-none-eabi-gcc has no C library (Debian: libnewlib-arm-none-eabi)"
have make || die "make is missing"
have python3 || die "python3 is missing"

# Where a Debian machine gets its packages from, as "URI KEYRING"; the first that is Debian's own archive.
debian_mirror() {
    for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -f "$list" ] && sed -n 's/#.*//; s/^deb  *\(\[[^]]*\]\)\{0,1\} *\([^ ]*\)  *[a-z-]*  *.*\bmain\b.*/\2 \1/p' "$list"
    done
    for list in /etc/apt/sources.list.d/*.sources; do
        [ -f "$list" ] && awk 'BEGIN { RS = ""; FS = "\n" }
            { types = uris = components = key = ""
              for (i = 1; i <= NF; i++) { split($i, word, /:[ \t]*/); value = substr($i, index($i, ":") + 1); sub(/^[ \t]*/, "", value)
                  if (word[1] == "Types") types = value; if (word[1] == "URIs") uris = value
                  if (word[1] == "Components") components = value; if (word[1] == "Signed-By") key = value }
              if (types ~ /deb/ && components ~ /main/) { sub(/ .*/, "", uris); print uris, "[signed-by=" key "]" } }' "$list"
    done
}

fetch_from_debian() {
    have apt-get || die "no apt-get here: unpack MicroPython ${version}x yourself and give MICROPYTHON_DIR=DIR"
    have dpkg-source || die "dpkg-source is missing (Debian: dpkg-dev)"
    uri=$(debian_mirror | sed -n '/security/d; /\/debian\/\{0,1\} /{s/ .*//p;q;}')
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    [ -n "$uri" ] || uri=http://deb.debian.org/debian
    [ -f $keyring ] || die "$keyring is missing (Debian and Ubuntu: debian-archive-keyring)"

    apt=$out/apt
    rm -rf "$apt" "$out/source"
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/parts" "$out/source"
    printf 'deb-src [signed-by=%s] %s %s main\n' $keyring "$uri" $suite >"$apt/sources.list"
    cat >"$apt/apt.conf" <<END
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::Etc::SourceList "$apt/sources.list";
Dir::Etc::SourceParts "$apt/parts";
Dir::State::Lists "$apt/lists";
Dir::Cache "$apt/cache";
APT::Sandbox::User "";
END
    say "MicroPython's source package of Debian $suite from $uri"
    apt-get -qq -c "$apt/apt.conf" update || die "the list of $suite's source packages could not be fetched from $uri"
    (cd "$out/source" && apt-get -qq -c "$apt/apt.conf" source --download-only micropython >/dev/null) ||
        die "the source package micropython could not be fetched from $uri"
    dsc=$(ls "$out/source"/micropython_*.dsc)
    # Under another name first, so that an unpacking that was cut off is not taken for the sources.
    dpkg-source --extract "$dsc" "$out/source/unpacked" >"$out/unpack.log" 2>&1 ||
        { tail -5 "$out/unpack.log" >&2; die "the source package could not be unpacked"; }
    mv "$out/source/unpacked" "$out/source/micropython"
    rm -rf "$apt"
}

mkdir -p "$out"
if [ -n "${MICROPYTHON_DIR-}" ]; then
    source=$(CDPATH='' cd -- "$MICROPYTHON_DIR" 2>/dev/null && pwd -P) || die "MICROPYTHON_DIR=$MICROPYTHON_DIR: no such directory"
else
    source=$out/source/micropython
    [ -f "$source/py/mpconfig.h" ] || fetch_from_debian
fi
[ -f "$source/py/mpconfig.h" ] || die "$source holds no MicroPython: py/mpconfig.h is missing"
found=$(sed -n 's/^#define MICROPY_VERSION_\(MAJOR\|MINOR\) \([0-9]*\)$/\2/p' "$source/py/mpconfig.h" | tr '\n' '.')
[ "$found" = $version ] || die "$source is MicroPython ${found}x; this port is for ${version}x"

# Objects of other sources or another compiler are of no use.
stamp="$source $(arm-none-eabi-gcc --version | sed 1q)"
if [ "$(cat "$out/build/stamp" 2>/dev/null)" != "$stamp" ]; then
    rm -rf "$out/build"
    mkdir -p "$out/build"
    printf '%s\n' "$stamp" >"$out/build/stamp"
fi

say "building with $(arm-none-eabi-gcc --version | sed 1q)"
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
make -C "$here" -j"$jobs" MICROPYTHON_DIR="$source" BUILD="$out/build" >"$out/build.log" 2>&1 ||
    { grep -i -m 10 -B 2 'error' "$out/build.log" >&2 || tail -20 "$out/build.log" >&2; die "the build failed; all of it is in $out/build.log"; }
cp "$out/build/micropython.elf" "$out/micropython.elf"
say "$out/micropython.elf"
