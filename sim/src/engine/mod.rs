//! The machine: the core, its clock, the buses and the run loop.
