//! What watches the wires: the SPI judge and the trace digest.
