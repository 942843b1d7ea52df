//! What a ladder consists of, before anything runs: firmware, files, steps; everything that can be wrong with them is said here.

use super::LadderArgs;
use super::steps::{self, Known, SHARED, SONG, SONG_FILE};
use crate::boards::Board;
use crate::cli::sim::Stop;
use crate::cli::simulate::facts::image;
use crate::drive::{Found, Interpreter, Kind, Spec, Tree, find, interpreter, walk};
use crate::image::{Firmware, ImageFile, MAX_FILE_BYTES};
use crate::report::ladder::Song;
use crate::report::{Complaint, Firmware as FirmwareFact, suggest};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Everything that the steps have in common.
#[derive(Debug)]
pub(super) struct Plan {
    /// The firmware, read and not taken apart.
    pub images: Vec<ImageFile>,
    /// What a report says of them.
    pub firmware: Vec<FirmwareFact>,
    /// What the images said when they were first laid over one another.
    pub remarks: Vec<String>,
    /// What the firmware says it is.
    pub interpreter: Option<String>,
    /// The board.
    pub board: Board,
    /// Where the firmware's file system is.
    pub found: Found,
    /// What is on it beside the script.
    pub files: Tree,
    /// The name of the script that the firmware runs.
    pub script: &'static str,
    /// The steps, in the order in which they are shown.
    pub jobs: Vec<Job>,
    /// What they send.
    pub song: Song,
    /// What there is to say before the first step.
    pub notes: Vec<String>,
}

/// A step to be run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Job {
    /// Its name.
    pub name: String,
    /// Its script.
    pub source: Vec<u8>,
    /// The article's seconds.
    pub article_s: Option<f64>,
}

/// Where `firmware/micropython/build.sh` puts the image, seen from the checkout and from its `target`.
const BUILT: &str = "target/micropython/micropython.elf";
const BUILT_IN_TARGET: &str = "micropython/micropython.elf";

impl Plan {
    /// What `args` ask for.
    pub(super) fn new(args: &LadderArgs) -> Result<Self, Stop> {
        let spec = args.drive.as_deref().map(Spec::parse).transpose()?;
        let theirs = spec.as_ref().map(|spec| walk(&spec.dir)).transpose()?.unwrap_or_default();
        let jobs = jobs(&args.steps, &theirs)?;
        let (song, bytes) = song(args.song.as_deref(), &theirs)?;
        let board = Board::load(&args.board, &args.wires)?;
        let images = match args.firmware.as_slice() {
            [] => vec![built(Path::new(""), std::env::current_exe().ok().as_deref())?],
            given => given.to_vec(),
        };
        let images = Firmware::read(&images)?;
        let firmware = Firmware::of(&images)?;
        let found = find(&firmware, spec.as_ref().and_then(|spec| spec.given.as_ref()))?;
        let known = interpreter(&firmware);
        let script = script(known.as_ref(), found.place.kind);
        let mut notes = Vec::new();
        if theirs.get(script).is_some() {
            notes.push(format!("`{script}` of the drive makes room for each step in turn"));
        }
        let files = files(theirs, bytes);
        let facts = firmware.images.iter().map(image).collect();
        let remarks = firmware.remarks.iter().map(ToString::to_string).collect();
        let interpreter = known.map(|interpreter| interpreter.name);
        Ok(Self { images, firmware: facts, remarks, interpreter, board, found, files, script, jobs, song, notes })
    }

    /// All that is on the drive for `job`.
    pub(super) fn tree(&self, job: &Job) -> Tree {
        let mut tree = self.files.clone();
        tree.file(self.script, job.source.clone());
        tree
    }
}

/// The image of our own port, from the directory `here` or the one of this program, `exe`.
fn built(here: &Path, exe: Option<&Path>) -> Result<String, Stop> {
    let from_exe = exe.into_iter().flat_map(Path::ancestors).skip(1).take(4).map(|dir| dir.join(BUILT_IN_TARGET));
    let found = std::iter::once(here.join(BUILT)).chain(from_exe).find(|path| path.is_file());
    found.map(|path| path.to_string_lossy().into_owned()).ok_or_else(|| {
        let message = format!("there is no Python firmware at `{}`", here.join(BUILT).display());
        let complaint = Complaint::from_text(
            "firmware-not-built",
            &format!(
                "{message}\n  why:  it is built from MicroPython's sources, and not part of ours\n  \
                 help: build it, by one command: firmware/micropython/build.sh\n        \
                 or name another interpreter's image: --firmware IMAGE"
            ),
        );
        Stop::Input(complaint)
    })
}

/// Images that do not say what they are run what their file system is for.
fn script(known: Option<&Interpreter>, kind: Kind) -> &'static str {
    match (known, kind) {
        (Some(interpreter), _) => interpreter.script,
        (None, Kind::Fat { sector: 512 }) => "code.py",
        (None, _) => "main.py",
    }
}

/// The steps called `wanted`, or all that the program has. A file of the drive replaces the step of its name, and may be one that is
/// named.
fn jobs(wanted: &[String], theirs: &Tree) -> Result<Vec<Job>, Stop> {
    let of_drive = |name: &str| theirs.get(&format!("{name}.py")).and_then(|node| node.data.clone());
    let job = |known: Option<&Known>, name: &str| {
        let source = of_drive(name).or_else(|| Some(known?.source.as_bytes().to_vec()))?;
        Some(Job { name: name.to_owned(), source, article_s: known.and_then(|known| known.article_s) })
    };
    if wanted.is_empty() {
        return Ok(steps::STEPS.iter().filter_map(|known| job(Some(known), known.name)).collect());
    }
    let mut jobs: Vec<Job> = Vec::new();
    for name in wanted.iter().map(|name| name.trim()) {
        if jobs.iter().any(|job| job.name == name) {
            continue;
        }
        let known = steps::STEPS.iter().find(|step| step.name == name);
        let plain = !name.is_empty() && !name.contains(['/', '\\']) && !name.contains(char::is_control);
        jobs.push(job(known, name).filter(|_| plain).ok_or_else(|| unknown(name))?);
    }
    Ok(jobs)
}

fn unknown(name: &str) -> Stop {
    let names: Vec<_> = steps::STEPS.iter().map(|step| step.name).collect();
    let meant = suggest::closest(name, names.iter().copied()).map(|name| format!(", did you mean `{name}`?"));
    let message = format!("there is no step `{name}`{}", meant.unwrap_or_default());
    let help = format!("steps: {}; or NAME.py in the directory of --drive", names.join(", "));
    Stop::Input(Complaint::new("no-such-step", message).help(help))
}

/// What is sent: the file at `path`, the drive's, or the one that comes with the program.
fn song(path: Option<&Path>, theirs: &Tree) -> Result<(Song, Vec<u8>), Stop> {
    let of_drive = theirs.get(SONG_FILE).and_then(|node| node.data.clone());
    let (name, bytes) = match (path, of_drive) {
        (Some(path), _) => (path.display().to_string(), read(path)?),
        (None, Some(bytes)) => (format!("{SONG_FILE} of the drive"), bytes),
        (None, None) => (format!("the ladder's own {SONG_FILE}"), SONG.to_vec()),
    };
    if bytes.is_empty() {
        let message = format!("there is nothing to send: {name} is empty");
        return Err(Stop::Input(Complaint::new("song", message).help("name an MP3 or Ogg Vorbis file")));
    }
    let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((Song { name, bytes: bytes.len() as u64, sha256 }, bytes))
}

fn read(path: &Path) -> Result<Vec<u8>, Stop> {
    let mut bytes = Vec::new();
    // A pipe or a device may have no end.
    let read = File::open(path).and_then(|file| file.take(MAX_FILE_BYTES).read_to_end(&mut bytes));
    read.map(|_| bytes).map_err(|error| {
        let message = format!("cannot read the song `{}`: {error}", path.display());
        Stop::Input(Complaint::new("song", message).help("name an MP3 or Ogg Vorbis file"))
    })
}

/// Ours, theirs over it, and the song.
fn files(theirs: Tree, song: Vec<u8>) -> Tree {
    let mut files = Tree::default();
    for (name, text) in SHARED {
        files.file(name, text);
    }
    for (path, node) in theirs.iter() {
        files.insert(path, node.clone());
    }
    files.file(SONG_FILE, song);
    files
}

/// `NAME.wav` in `dir`.
pub(super) fn wav(dir: &Path, job: &Job) -> PathBuf {
    dir.join(format!("{}.wav", job.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint<T: std::fmt::Debug>(result: Result<T, Stop>) -> Complaint {
        match result {
            Err(Stop::Input(complaint)) => complaint,
            other => panic!("{other:?}"),
        }
    }

    fn words(text: &str) -> Vec<String> {
        text.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn an_image_that_is_not_built_names_the_one_command() {
        let dir = tempfile::tempdir().unwrap();
        let exe = dir.path().join("target/debug/badgebench");
        let told = complaint(built(dir.path(), Some(&exe)));
        assert_eq!(told.name, "firmware-not-built");
        assert!(
            told.help.contains("firmware/micropython/build.sh") && told.help.contains("--firmware IMAGE"),
            "{told:?}"
        );
        let image = dir.path().join("target/micropython/micropython.elf");
        std::fs::create_dir_all(image.parent().unwrap()).unwrap();
        std::fs::write(&image, "an image").unwrap();
        assert_eq!(built(dir.path(), None).unwrap(), image.to_str().unwrap());
        let elsewhere = tempfile::tempdir().unwrap();
        assert_eq!(built(elsewhere.path(), Some(&exe)).unwrap(), image.to_str().unwrap(), "beside the program");
    }

    #[test]
    fn all_steps_or_those_that_are_named_in_that_order() {
        let none = Tree::default();
        let names = |jobs: Vec<Job>| jobs.into_iter().map(|job| job.name).collect::<Vec<_>>();
        assert_eq!(names(jobs(&[], &none).unwrap()).len(), 11);
        assert_eq!(names(jobs(&words("native, loop,native"), &none).unwrap()), ["native", "loop"]);
        let told = complaint(jobs(&words("loop,vipr_loop"), &none));
        assert_eq!(told.message, "there is no step `vipr_loop`, did you mean `viper_loop`?");
        assert!(told.help.contains("asm_thumb, port_wide, hardware_spi"), "{}", told.help);
        for odd in ["", "../loop", "lib/mine", "a\u{7}"] {
            let mut tree = Tree::default();
            tree.file(format!("{odd}.py"), "pass");
            assert_eq!(complaint(jobs(&words(odd), &tree)).name, "no-such-step", "{odd}");
        }
    }

    #[test]
    fn a_file_of_the_drive_replaces_a_step_or_is_one() {
        let mut tree = Tree::default();
        tree.file("loop.py", "their loop");
        tree.file("mine.py", "my way");
        let found = jobs(&words("loop,mine"), &tree).unwrap();
        assert_eq!((found[0].source.as_slice(), found[0].article_s), (&b"their loop"[..], Some(128.0)));
        assert_eq!((found[1].source.as_slice(), found[1].article_s), (&b"my way"[..], None));
        assert_eq!(jobs(&[], &tree).unwrap().len(), 11, "only what is named is run");
    }

    #[test]
    fn the_drive_holds_what_the_script_needs_and_what_is_theirs() {
        let mut theirs = Tree::default();
        theirs.directory("lib");
        theirs.file("lib/more.py", "more");
        theirs.file("player.py", "their player");
        let tree = files(theirs.clone(), b"a song".to_vec());
        let data = |path: &str| tree.get(path).and_then(|node| node.data.as_deref());
        assert_eq!((data("player.py"), data("lib/more.py")), (Some(&b"their player"[..]), Some(&b"more"[..])));
        assert_eq!((data("song.mp3"), data("lib")), (Some(&b"a song"[..]), None));
        assert!(data("softspi.py").is_some() && data("vs1053.py").is_some());
        assert_eq!(tree.len(), 6);
    }

    #[test]
    fn the_song_is_the_one_that_is_named_the_drives_or_ours() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("short.mp3");
        std::fs::write(&path, "named").unwrap();
        let mut theirs = Tree::default();
        theirs.file("song.mp3", "theirs");
        let bytes = |path: Option<&Path>, tree: &Tree| song(path, tree).unwrap().1;
        assert_eq!(bytes(Some(&path), &theirs), b"named");
        assert_eq!(bytes(None, &theirs), b"theirs");
        assert_eq!(bytes(None, &Tree::default()), SONG);
        let (facts, _) = song(None, &Tree::default()).unwrap();
        assert_eq!((facts.bytes, facts.sha256.len()), (134_400, 64));
        std::fs::write(&path, "").unwrap();
        assert!(complaint(song(Some(&path), &theirs)).message.contains("is empty"));
        assert!(complaint(song(Some(dir.path()), &theirs)).message.starts_with("cannot read the song"));
    }

    #[test]
    fn the_script_goes_by_the_interpreter_then_by_the_file_system() {
        let python = |script| Interpreter { name: "it".into(), script };
        let fat = Kind::Fat { sector: 512 };
        assert_eq!(script(Some(&python("main.py")), fat), "main.py");
        assert_eq!(script(Some(&python("code.py")), Kind::LittleFs), "code.py");
        assert_eq!((script(None, fat), script(None, Kind::LittleFs)), ("code.py", "main.py"));
        assert_eq!(script(None, Kind::Fat { sector: 4096 }), "main.py");
    }
}
