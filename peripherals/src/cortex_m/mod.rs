//! The Cortex-M4's own registers.
