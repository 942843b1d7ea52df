//! The host against devices that are scripts.
