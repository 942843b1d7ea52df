#!/bin/sh
# Rebuilds every ELF in fixtures/ from the sources in this directory.
#
#   firmware/build.sh           build, write fixtures/*.elf, bring fixtures/MANIFEST.toml up to date
#   firmware/build.sh --check   build into a temporary directory and compare with fixtures/, writing nothing
#
# --check exits with 0 when all bytes are equal, 1 when a file differs, 2 when the build fails, and 3 when equal bytes
# cannot be expected because a compiler here is not the one in the manifest (what could be compared was equal).
#
# Needs: cargo and rustc with the target (rustup target add thumbv7em-none-eabihf), for what is in C also
# arm-none-eabi-gcc (Debian: gcc-arm-none-eabi). The bytes depend on the compilers alone: not on the checkout's
# place, CARGO_HOME, or the user's cargo settings.
set -eu

firmware=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
fixtures=$(dirname -- "$firmware")/fixtures
target=thumbv7em-none-eabihf
variants="loop unrolled direct cached ogg lsb-first mode1 swapped-lines no-xdcs no-dreq too-slow"

say() { printf '%s\n' "build.sh: $*" >&2; }
die() { say "$1"; exit 2; }

mode=write
case "${1-}" in
    '') ;;
    --check) mode=check ;;
    *) die "unknown argument '$1'; use no argument, or --check" ;;
esac

command -v cargo >/dev/null || die "cargo is missing; see https://rustup.rs"
cd "$firmware"
rustc=${RUSTC:-rustc}
sysroot=$("$rustc" --print sysroot)
[ -d "$sysroot/lib/rustlib/$target" ] || die "the Rust target is missing: rustup target add $target"
commit=$("$rustc" -vV | sed -n 's/^commit-hash: //p')

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# What would make the bytes differ from the committed ones comes from outside: settings of the user or of CI.
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS CARGO_BUILD_TARGET CARGO_INCREMENTAL RUSTC_WRAPPER \
    CARGO_BUILD_RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER || :
for name in $(env | sed -n 's/^\(CARGO_PROFILE_[A-Z0-9_]*\)=.*/\1/p'); do unset "$name"; done
cargo_home=${CARGO_HOME:-$HOME/.cargo}

say "fetching the crates of Cargo.lock"
for crate in . examples/rust; do
    (cd "$crate" && cargo fetch --quiet --locked --target "$target") || die "the crates of Cargo.lock could not be fetched"
done

# No path of this machine goes into an ELF. The separator of CARGO_ENCODED_RUSTFLAGS is 0x1f, so that spaces are safe.
flags="--remap-path-prefix=$firmware=/badgebench/firmware"
flag() { flags="$flags$(printf '\037')$1"; }
flag "--remap-path-prefix=$sysroot/lib/rustlib/src/rust=/rustc/$commit"
for registry in "$cargo_home"/registry/src/*/; do
    [ -d "$registry" ] && flag "--remap-path-prefix=${registry%/}=/crates"
done

say "building with $("$rustc" -V)"
for crate in . examples/rust; do
    # cargo reads its settings, and the linker memory.x, from where the crate is.
    (cd "$crate" && CARGO_ENCODED_RUSTFLAGS=$flags CARGO_TARGET_DIR=$work/target \
        cargo build --quiet --release --locked --target "$target") || die "cargo build failed"
done

mkdir "$work/elf"
for variant in $variants; do
    cp "$work/target/$target/release/player-$variant" "$work/elf/player-$variant.elf"
done
cp "$work/target/$target/release/usb-serial" "$work/elf/usb-serial.elf"
cp "$work/target/$target/release/example-rust" "$work/elf/example-rust.elf"
cp "$work/target/$target/release/driver-vs1053" "$work/elf/driver-vs1053.elf"

if command -v arm-none-eabi-gcc >/dev/null; then
    say "building with $(arm-none-eabi-gcc --version | sed 1q)"
    make --silent -C examples/c OUT="$work/elf/example-c.elf" || die "examples/c failed"
    make --silent -C conformance OUT="$work/elf" || die "conformance failed"
    make --silent -C soak OUT="$work/elf/soak.elf" || die "soak failed"
else
    say "arm-none-eabi-gcc is missing (Debian: gcc-arm-none-eabi); what is in C is left as it is"
fi

if [ $mode = check ]; then
    status=0
    made_by() { sed -n "s/^$1 = \"\(.*\)\"\$/\1/p" "$fixtures/MANIFEST.toml" | sed 1q; }
    other=
    [ "$(made_by rustc)" = "$("$rustc" -V)" ] || other=rustc
    for elf in "$work"/elf/*.elf; do
        name=$(basename "$elf")
        case $name in example-c.elf | soak.elf | conformance-*) compiler=gcc ;; *) compiler=rustc ;; esac
        if cmp -s "$elf" "$fixtures/$name"; then
            continue
        elif [ $compiler = gcc ] && [ "$(made_by gcc)" != "$(arm-none-eabi-gcc --version | sed 1q)" ]; then
            say "$name differs, and so does the compiler: the manifest says $(made_by gcc)"
            [ $status = 0 ] && status=3
        elif [ $compiler = rustc ] && [ -n "$other" ]; then
            say "$name differs, and so does the compiler: the manifest says $(made_by rustc)"
            [ $status = 0 ] && status=3
        else
            say "$name differs from fixtures/$name"
            status=1
        fi
    done
    [ $status = 0 ] && say "all equal"
    exit $status
fi

for elf in "$work"/elf/*.elf; do
    chmod 644 "$elf"
    cp "$elf" "$fixtures/"
done
"$fixtures/refresh-manifest.sh"
