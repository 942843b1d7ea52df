//! `[chip.line_in]`: WAV files for the inputs of a VS1053.

use super::beside;
use peripherals::chips::vs1053::{Config, Input};
use toml::Value;

/// WAV files above this are refused: six minutes of 16 bits in stereo at 48 kHz.
const MAX_WAV_BYTES: u64 = 64 << 20;

/// Reads the files that `table` of the board file `board` names into `config`: `file` for LINE1 and LINE2, `mic` for the microphone.
///
/// # Errors
/// The key that is wrong, and what it takes.
pub(super) fn read(board: &str, table: &Value, config: &mut Config) -> Result<(), (String, String)> {
    let shape = "it is a table: [chip.line_in] with file = \"sound.wav\", mic = \"voice.wav\" or both";
    let table = table.as_table().ok_or_else(|| ("line_in".to_owned(), shape.to_owned()))?;
    for (key, value) in table {
        let named = || format!("line_in.{key}");
        let input = match key.as_str() {
            "file" => &mut config.line_in,
            "mic" => &mut config.mic_in,
            _ => return Err((named(), shape.into())),
        };
        let path = value.as_str().ok_or_else(|| (named(), "it is the path of a WAV file".to_owned()))?;
        *input = sound(board, path).map_err(|why| (named(), why))?;
    }
    Ok(())
}

fn sound(board: &str, path: &str) -> Result<Input, String> {
    let input = beside::read(board, path, MAX_WAV_BYTES).and_then(|bytes| Input::from_wav(&bytes));
    input.map_err(|why| format!("{path}: {why}"))
}
