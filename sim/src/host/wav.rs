//! What leaves the DAC, as WAV files: 16-bit PCM, stereo, at the stream's own rate, or at the DAC's.
//!
//! 1. The first file is made before the run, so that a path that cannot be written is found at once; a change of rate, and
//!    4 GB, which is all a WAV header can say, start the next: `out.wav`, `out-2.wav`, …
//! 2. The header is brought up to date every second of sound: a run that is killed leaves a file that plays.
//! 3. It ends with the last sample of a stream or tone: the DAC's way to zero after that is no part of the song, and is written only
//!    where more sound follows it at the same rate.
//! 4. Samples are written a block at a time and not buffered: when a write fails, all that was written before is kept.

use super::Pcm;
use super::dac::Dac;
use super::riff::Writer;
use peripherals::kernel::Instant;
use std::fs::File;
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};

/// Rate of a file that no sound has come for, in hertz.
const RATE_OF_SILENCE: u32 = 48_000;
/// Frames in one file at most: 4 bytes each, and the header counts bytes in 32 bits.
const MAX_FRAMES: u32 = 1_000_000_000;
/// Frames in one write.
const CHUNK_FRAMES: usize = 4_096;

/// A WAV file that could not be made or written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {cause}", path.display())]
pub struct WavError {
    /// The file.
    pub path: PathBuf,
    /// Why not.
    pub cause: std::io::Error,
}

/// The WAV files of one run.
pub struct WavFile {
    tape: Tape<File>,
    dac: Option<Dac>,
    fade: Option<Fade>,
}

/// The DAC's way to zero since the last sample of a stream.
struct Fade {
    start: Instant,
    rate_hz: u32,
    samples: Vec<i16>,
}

impl WavFile {
    /// Makes the file at `path`; what was there is overwritten.
    ///
    /// # Errors
    /// It cannot be made, written or rewound (a pipe cannot).
    pub fn create(path: impl Into<PathBuf>) -> Result<Self, WavError> {
        Ok(Self { tape: Tape::start(path.into(), |path| File::create(path))?, dac: None, fade: None })
    }

    /// The same, with everything at the DAC's rate in one file.
    #[must_use]
    pub fn at_dac_rate(self) -> Self {
        Self { dac: Some(Dac::default()), ..self }
    }

    /// Appends `pcm`.
    ///
    /// # Errors
    /// It could not be written. What was written before is valid and stays; everything after is dropped without a further error.
    pub fn push(&mut self, pcm: &Pcm<'_>) -> Result<(), WavError> {
        if pcm.fades {
            let fade = || Fade { start: pcm.start, rate_hz: pcm.rate_hz, samples: Vec::new() };
            self.fade.get_or_insert_with(fade).samples.extend_from_slice(pcm.samples);
            return Ok(());
        }
        if let Some(Fade { start, rate_hz, samples }) = self.fade.take_if(|_| pcm.frames > 0)
            && rate_hz == pcm.rate_hz
        {
            self.write(&Pcm { start, rate_hz, frames: samples.len() as u64 / 2, samples: &samples, fades: true })?;
        }
        self.write(pcm)
    }

    fn write(&mut self, pcm: &Pcm<'_>) -> Result<(), WavError> {
        let Self { tape, dac, .. } = self;
        match dac {
            Some(dac) => dac.push(pcm, &mut |pcm| tape.push(pcm)),
            None => tape.push(pcm),
        }
    }

    /// Completes the last file and names all that were written.
    ///
    /// # Errors
    /// The header could not be brought up to date.
    pub fn finish(mut self) -> Result<Vec<PathBuf>, WavError> {
        let tape = &mut self.tape;
        if let Some(dac) = &mut self.dac {
            dac.finish(&mut |pcm| tape.push(pcm))?;
        }
        self.tape.close()?;
        Ok(std::mem::take(&mut self.tape.paths))
    }
}

type Open<M> = fn(&Path) -> std::io::Result<M>;

/// Files, one after the other. Dropping it completes the last one's header.
struct Tape<M: Write + Seek> {
    open: Open<M>,
    paths: Vec<PathBuf>,
    writer: Writer<M>,
    /// Nothing is written any more: a write has failed, or the last file is complete.
    over: bool,
    rate_hz: u32,
    since_header: u32,
}

impl<M: Write + Seek> Tape<M> {
    fn start(path: PathBuf, open: Open<M>) -> Result<Self, WavError> {
        match open(&path).and_then(|medium| Writer::new(medium, RATE_OF_SILENCE)) {
            Ok(writer) => {
                Ok(Self { open, paths: vec![path], writer, over: false, rate_hz: RATE_OF_SILENCE, since_header: 0 })
            }
            Err(cause) => Err(WavError { path, cause }),
        }
    }

    fn push(&mut self, pcm: &Pcm<'_>) -> Result<(), WavError> {
        if self.over || pcm.frames == 0 {
            return Ok(());
        }
        self.try_push(pcm).map_err(|cause| {
            // The frames written before are kept, so the header has to say how many they are; a full disk lets it.
            let _ = self.writer.write_header();
            self.over = true;
            self.error(cause)
        })
    }

    fn try_push(&mut self, pcm: &Pcm<'_>) -> std::io::Result<()> {
        if pcm.rate_hz != self.rate_hz {
            self.change_rate(pcm.rate_hz)?;
        }
        if pcm.samples.is_empty() {
            let silence = [0; 2 * CHUNK_FRAMES];
            let mut left = pcm.frames;
            while left > 0 {
                let frames = left.min(CHUNK_FRAMES as u64);
                self.write(&silence[..2 * frames as usize])?;
                left -= frames;
            }
        } else {
            for chunk in pcm.samples.chunks(2 * CHUNK_FRAMES) {
                self.write(chunk)?;
            }
        }
        Ok(())
    }

    fn write(&mut self, samples: &[i16]) -> std::io::Result<()> {
        let frames = samples.len() as u32 / 2;
        if self.writer.frames() + frames > MAX_FRAMES {
            self.next_file()?;
        }
        self.writer.append(samples)?;
        self.since_header += frames;
        if self.since_header >= self.rate_hz {
            self.writer.write_header()?;
            self.since_header = 0;
        }
        Ok(())
    }

    /// The file that is open when the first sound comes is still empty and takes any rate.
    fn change_rate(&mut self, rate_hz: u32) -> std::io::Result<()> {
        self.rate_hz = rate_hz;
        if self.writer.frames() > 0 { self.next_file() } else { self.writer.set_rate(rate_hz) }
    }

    fn next_file(&mut self) -> std::io::Result<()> {
        self.writer.write_header()?;
        self.paths.push(numbered(&self.paths[0], self.paths.len() + 1));
        let medium = (self.open)(&self.paths[self.paths.len() - 1])?;
        self.writer = Writer::new(medium, self.rate_hz)?;
        self.since_header = 0;
        Ok(())
    }

    fn close(&mut self) -> Result<(), WavError> {
        if std::mem::replace(&mut self.over, true) {
            return Ok(());
        }
        self.writer.write_header().map_err(|cause| self.error(cause))
    }

    fn error(&self, cause: std::io::Error) -> WavError {
        WavError { path: self.paths[self.paths.len() - 1].clone(), cause }
    }
}

impl<M: Write + Seek> Drop for Tape<M> {
    fn drop(&mut self) {
        // Whoever wants to know about an error calls `close`.
        let _ = self.close();
    }
}

/// `out.wav`, 2 gives `out-2.wav`.
fn numbered(path: &Path, number: usize) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_os_string();
    name.push(format!("-{number}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use peripherals::kernel::Instant;
    use std::io::{Cursor, Result as IoResult, SeekFrom};
    use std::sync::{Arc, Mutex};

    fn pcm(rate_hz: u32, samples: &[i16]) -> Pcm<'_> {
        Pcm { start: Instant::ZERO, rate_hz, frames: samples.len() as u64 / 2, samples, fades: false }
    }

    fn silence(rate_hz: u32, frames: u64) -> Pcm<'static> {
        Pcm { start: Instant::ZERO, rate_hz, frames, samples: &[], fades: false }
    }

    fn read(path: &Path) -> (u32, Vec<i16>) {
        let reader = hound::WavReader::open(path).expect("a valid WAV file");
        (reader.spec().sample_rate, reader.into_samples().collect::<Result<_, _>>().expect("its samples"))
    }

    fn scratch(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("badgebench-wav-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a scratch directory");
        dir
    }

    #[test]
    fn samples_silence_and_a_change_of_rate_come_back() {
        let dir = scratch("rates");
        let mut wav = WavFile::create(dir.join("out.wav")).expect("it can be written");
        wav.push(&pcm(44_100, &[1, -1, 2, -2])).expect("it can be written");
        wav.push(&silence(44_100, 5_000)).expect("it can be written");
        wav.push(&pcm(22_050, &[3, -3])).expect("it can be written");
        let paths = wav.finish().expect("it can be finished");
        assert_eq!(paths, [dir.join("out.wav"), dir.join("out-2.wav")]);
        let (rate, samples) = read(&paths[0]);
        assert_eq!((rate, samples.len()), (44_100, 2 * 5_002));
        assert_eq!(samples[..5], [1, -1, 2, -2, 0]);
        assert_eq!(read(&paths[1]), (22_050, vec![3, -3]));
        std::fs::remove_dir_all(dir).expect("tidy");
    }

    /// Note 3: the way to zero in the middle is time, and at the end nothing; nor is it before a change of rate.
    #[test]
    fn a_fade_is_written_where_more_sound_follows() {
        let dir = scratch("fades");
        let fade = |rate_hz, samples| Pcm { fades: true, ..pcm(rate_hz, samples) };
        let mut wav = WavFile::create(dir.join("out.wav")).expect("it can be written");
        let pieces = [
            pcm(8_000, &[9, 9]),
            fade(8_000, &[6, 6]),
            fade(8_000, &[3, 3]),
            silence(8_000, 1),
            pcm(8_000, &[7, 7]),
            fade(8_000, &[5, 5]),
            pcm(16_000, &[8, 8]),
            fade(16_000, &[4, 4]),
        ];
        pieces.iter().for_each(|piece| wav.push(piece).expect("it can be written"));
        let paths = wav.finish().expect("it can be finished");
        assert_eq!(read(&paths[0]), (8_000, vec![9, 9, 6, 6, 3, 3, 0, 0, 7, 7]));
        assert_eq!(read(&paths[1]), (16_000, vec![8, 8]));
        std::fs::remove_dir_all(dir).expect("tidy");
    }

    #[test]
    fn a_run_without_sound_or_without_an_end_leaves_files_that_play() {
        let dir = scratch("ends");
        let quiet = WavFile::create(dir.join("quiet.wav")).expect("it can be written");
        assert!(read(&dir.join("quiet.wav")).1.is_empty(), "before the first sample");
        quiet.finish().expect("it can be finished");
        assert!(read(&dir.join("quiet.wav")).1.is_empty());

        let mut killed = WavFile::create(dir.join("killed.wav")).expect("it can be written");
        killed.push(&silence(8_000, 8_192)).expect("it can be written");
        std::mem::forget(killed); // nothing is run any more, as after SIGKILL
        assert_eq!(read(&dir.join("killed.wav")), (8_000, vec![0; 2 * 8_192]));
        std::fs::remove_dir_all(dir).expect("tidy");
    }

    #[test]
    fn a_path_that_cannot_be_written_is_found_at_once() {
        let missing = std::env::temp_dir().join("badgebench-no-such-directory/out.wav");
        let error = WavFile::create(&missing).err().expect("there is no such directory");
        assert!(error.to_string().starts_with(&missing.display().to_string()), "{error}");
        assert!(WavFile::create(std::env::temp_dir()).is_err(), "a directory");
        if cfg!(target_os = "linux") {
            assert!(WavFile::create("/dev/full").is_err(), "a full device");
        }
    }

    /// A disk of 100 kB.
    #[derive(Clone, Default)]
    struct Disk(Arc<Mutex<Cursor<Vec<u8>>>>);

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> IoResult<usize> {
            let mut disk = self.0.lock().expect("one thread");
            let room = 100_000usize.saturating_sub(disk.position() as usize).min(bytes.len());
            if room == 0 { Err(std::io::ErrorKind::StorageFull.into()) } else { disk.write(&bytes[..room]) }
        }

        fn flush(&mut self) -> IoResult<()> {
            Ok(())
        }
    }

    impl Seek for Disk {
        fn seek(&mut self, to: SeekFrom) -> IoResult<u64> {
            self.0.lock().expect("one thread").seek(to)
        }
    }

    #[test]
    fn a_full_disk_is_said_once_and_what_was_written_stays() {
        let mut tape = Tape::start("out.wav".into(), |_| Ok(Disk::default())).expect("it can be written");
        let block = [7; 2 * 4_000];
        let results: Vec<_> = (0..10).map(|_| tape.push(&pcm(48_000, &block)).map_err(|e| e.cause.kind())).collect();
        assert_eq!(results.iter().filter(|r| r.is_err()).count(), 1, "{results:?}");
        assert_eq!(results[6], Err(std::io::ErrorKind::StorageFull));
        tape.close().expect("nothing is left to write");
        let bytes = tape.writer.medium.0.lock().expect("one thread").get_ref().clone();
        let reader = hound::WavReader::new(Cursor::new(bytes)).expect("a valid WAV file");
        assert_eq!(reader.duration(), (100_000 - 44) / 4, "all that fitted");
    }
}
