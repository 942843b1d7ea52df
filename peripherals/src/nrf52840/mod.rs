//! Blocks inside the nRF52840, each reached by address.
