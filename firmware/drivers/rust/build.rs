//! Tells the linker to use link.x of cortex-m-rt, which includes memory.x from the directory of Cargo.lock.
fn main() {
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    println!("cargo:rustc-link-arg-bins=--nmagic");
    println!("cargo:rerun-if-changed=../../memory.x");
}
