# Plays song.mp3 by Adafruit's CircuitPython driver, unmodified, and ends it as the datasheet says ("Playing a Whole File").
import board
import busio
import digitalio
import time

import adafruit_vs1053
import badge

# No more than the 32 bytes that DREQ promises room for. The driver keeps XCS low while it sends data, so that a block that begins with
# 02 is a write to a register as well; in blocks of 31 bytes the piece of the song that is played has none.
BLOCK = const(31)
FILL = const(2052)

# The driver knows no XRESET: the board's is released before it begins.
xreset = digitalio.DigitalInOut(board.P1_15)
xreset.switch_to_output(value=False)
time.sleep(0.001)
xreset.value = True
time.sleep(0.005)

spi = busio.SPI(board.P0_22, MOSI=board.P1_00, MISO=board.P0_24)
player = adafruit_vs1053.VS1053(spi, board.P0_29, board.P0_31, board.P0_02)
print("version", player.version)
player.set_volume(0, 0)
player.start_playback()


def send(data):
    while not player.ready_for_data:
        pass
    player.play_data(data)


size = 0
with open("/song.mp3", "rb") as song:
    while True:
        data = song.read(BLOCK)
        if not data:
            break
        send(data)
        size += len(data)
print("%d bytes, byte rate %d" % (size, player.byte_rate))
fill = bytes(BLOCK)
for _ in range(FILL // BLOCK + 1):
    send(fill)
player.stop_playback()
for _ in range(2):
    send(fill)
print("done")
badge.exit()
