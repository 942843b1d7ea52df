//! Boards as data: which chip's pin meets which SoC pin.
