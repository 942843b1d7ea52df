# Plays a file through a step's SPI and says how long that took.
import time

import board
import digitalio

import vs1053

# The wires of the article's badge prototype: the nRF52840 Dongle and a VS1053 breakout.
SCLK = board.P0_22
MOSI = board.P1_00
MISO = board.P0_24
XCS = board.P0_29
XDCS = board.P0_31
DREQ = board.P0_02
XRESET = board.P1_15


def play(spi_class, path="/song.mp3"):
    spi = spi_class(SCLK, MOSI, MISO)
    pins = [digitalio.DigitalInOut(pin) for pin in (XCS, XDCS, DREQ, XRESET)]
    chip = vs1053.VS1053(spi, *pins)
    chip.start()
    began = time.monotonic()
    size = 0
    with open(path, "rb") as song:
        while True:
            data = song.read(32)
            if not data:
                break
            chip.play_data(data)
            size += len(data)
    took = time.monotonic() - began
    chip.finish()
    print("%d bytes in %.2f s" % (size, took))
    try:
        import badge
    except ImportError:
        return  # another firmware than ours: its prompt is the end
    badge.exit()
