//! `[chip.line_in]`: WAV files for the inputs of a VS1053.
//!
//! A board file may come from anybody: a path is relative to it and stays in its directory, through links too.

use peripherals::chips::vs1053::{Config, Input};
use std::fs::File;
use std::io::Read as _;
use std::path::{Component, Path};
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
    let inside = "it is relative to the board file and stays in its directory";
    if path.is_empty() || !Path::new(path).components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(inside.into());
    }
    let directory = Path::new(board).parent().filter(|d| !d.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let directory = directory.canonicalize().map_err(|e| format!("the board file's directory: {e}"))?;
    let file = directory.join(path).canonicalize().map_err(|e| format!("{path}: {e}"))?;
    if !file.starts_with(&directory) {
        return Err(inside.into());
    }
    let meta = file.metadata().map_err(|e| format!("{path}: {e}"))?;
    if !meta.is_file() {
        return Err(format!("{path} is not a regular file"));
    }
    let mut bytes = Vec::new();
    let read = File::open(&file).and_then(|f| f.take(MAX_WAV_BYTES + 1).read_to_end(&mut bytes));
    read.map_err(|e| format!("{path}: {e}"))?;
    if bytes.len() as u64 > MAX_WAV_BYTES {
        return Err(format!("{path} is too big: at most {} MiB", MAX_WAV_BYTES >> 20));
    }
    Input::from_wav(&bytes).map_err(|why| format!("{path}: {why}"))
}
