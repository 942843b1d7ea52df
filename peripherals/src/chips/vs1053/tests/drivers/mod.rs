//! What 25 published drivers do at the wires at start-up, to play, to stop and to cancel, and what each of them checks on the way.
//! The table holds facts about them: writes, reads, waits and clocks. Each must come through, and draw the warnings that it
//! deserves and no others.

mod host;
mod table;

use host::run;

macro_rules! drivers {
    ($($test:ident: $name:literal;)*) => {
        const TESTED: &[&str] = &[$($name),*];
        $(#[test] fn $test() { run(table::DRIVERS.iter().find(|d| d.name == $name).expect("it is in the table")); })*
    };
}

drivers! {
    driver_01_adafruit_library: "adafruit/Adafruit_VS1053_Library";
    driver_02_adafruit_circuitpython: "adafruit/Adafruit_CircuitPython_VS1053";
    driver_03_peterhinch: "peterhinch/micropython-vs1053";
    driver_04_aramcon: "urish/aramcon-badge";
    driver_05_baldram: "baldram/ESP_VS1053_Library";
    driver_06_cellies: "CelliesProjects/ESP32_VS1053_Stream";
    driver_07_edzelf: "Edzelf/ESP32-Radio";
    driver_08_schreibfaul1: "schreibfaul1/ESP32-vs1053_ext";
    driver_09_pschatzmann: "pschatzmann/arduino-vs1053";
    driver_10_sparkfun: "madsci1016/Sparkfun-MP3-Player-Shield-Arduino-Library";
    driver_11_vlsi_sample: "VLSI player1053.c";
    driver_12_bimac: "bimac/Teensy_VS1053b";
    driver_13_libdriver: "libdriver/vs1053b";
    driver_14_weninger: "Max Weninger vs1053 (crates.io)";
    driver_15_alientek: "ALIENTEK STM32";
    driver_16_ka_radio: "karawin/Ka-Radio32";
    driver_17_nopnop2002: "nopnop2002/esp-idf-vs1053";
    driver_18_mill1000: "mill1000/esphome-vs1053";
    driver_19_elehobica: "elehobica/pico_tinygo_vs1053";
    driver_20_tessel: "tessel/audio-vs1053b";
    driver_21_vs10xx_linux: "rvp-nl/vs10xx-linux";
    driver_22_bearsh: "bearsh/vs1053";
    driver_23_matiasus: "Matiasus/VS1053";
    driver_24_maniacbug: "maniacbug/VS1053";
    driver_25_eziya: "eziya/STM32_HAL_VS1053";
}

#[test]
fn every_driver_of_the_table_is_tested() {
    let names: Vec<_> = table::DRIVERS.iter().map(|d| d.name).collect();
    assert_eq!(names, TESTED);
}
