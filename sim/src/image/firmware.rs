//! Several images laid over one another, and where the whole of them starts.

use super::lines::LineRange;
use super::symbols::{Location, Symbol};
use super::{Image, ImageError, ImageFile, Region, Segment, SoftDevice, Start, below, memory, vectors};
use std::fmt;

/// Nobody needs more than MBR, SoftDevice, boot loader, application and settings, and some to spare.
const MOST_IMAGES: usize = 16;

/// Boot loaders lie from here on, at the end of flash.
const BOOT_LOADERS: u32 = 0xE_0000;

/// What is unusual about images and does not keep them from running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// Bytes go to RAM before the start; a power-on of the real part would not put them there.
    SegmentInRam {
        /// The image.
        path: String,
        /// First address.
        addr: u32,
        /// Bytes.
        bytes: u32,
    },
    /// The entry that an ELF names lacks the Thumb bit; the vector table decides.
    EvenEntry {
        /// The image.
        path: String,
        /// The entry.
        entry: u32,
    },
    /// Two images have bytes for the same place.
    ImagesOverlap {
        /// The image that loses.
        earlier: String,
        /// The image that wins.
        later: String,
        /// First address that both have.
        addr: u32,
        /// Bytes from there.
        bytes: u32,
    },
    /// Blocks of a UF2 file that are for other chips, or not for flash.
    BlocksLeftOut {
        /// The image.
        path: String,
        /// How many.
        blocks: usize,
    },
    /// An application that a boot loader would not start without a mark of its own.
    MarkedValid {
        /// The image.
        path: String,
        /// Where the mark is.
        settings: u32,
    },
    /// What a boot loader, a SoftDevice or an MBR below the image would start is started without them.
    StartsAbove {
        /// The image.
        path: String,
        /// Address of its vector table.
        vtor: u32,
    },
    /// An image calls what is in none of them.
    CallsAbsent {
        /// The image.
        path: String,
        /// How many functions.
        calls: usize,
        /// Whose they are.
        whose: &'static str,
        /// Whether that is the MBR, and no more.
        mbr: bool,
    },
    /// A SoftDevice of another size than the one that an image is linked behind.
    SoftDeviceMismatch {
        /// The SoftDevice.
        found: SoftDevice,
        /// The image.
        path: String,
        /// Where it starts.
        vtor: u32,
    },
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SegmentInRam { path, addr, bytes } => {
                write!(
                    f,
                    "`{path}` puts {bytes} bytes into RAM at 0x{addr:08x}: on the board only a debugger does that"
                )
            }
            Self::EvenEntry { path, entry } => {
                write!(f, "`{path}` names the entry 0x{entry:08x} without the Thumb bit; the vector table decides")
            }
            Self::ImagesOverlap { earlier, later, addr, bytes } => {
                write!(f, "`{later}` replaces {bytes} bytes of `{earlier}` from 0x{addr:08x}")
            }
            Self::BlocksLeftOut { path, blocks } => {
                write!(
                    f,
                    "{blocks} blocks of `{path}` are for other chips, or not for flash; a boot loader leaves them out too"
                )
            }
            Self::MarkedValid { path, settings } => write!(
                f,
                "`{path}` is marked as a valid application at 0x{settings:08x}, as the boot loader does with what it is given"
            ),
            Self::StartsAbove { path, vtor } => write!(
                f,
                "`{path}` starts at its own vector table, 0x{vtor:08x}, as a boot loader would start it; no image is at 0"
            ),
            Self::CallsAbsent { path, calls, whose, mbr } => {
                let (functions, file) =
                    (if *calls == 1 { "function" } else { "functions" }, if *mbr { "mbr" } else { "softdevice" });
                write!(
                    f,
                    "`{path}` has calls of {calls} {functions} of {whose}, which no image holds; what makes them needs it: \
                     `badgebench sim {file}.hex {path}`"
                )
            }
            Self::SoftDeviceMismatch { found, path, vtor } => write!(
                f,
                "the {found} that was given is followed by an application at 0x{:08x}, and `{path}` starts at 0x{vtor:08x}: it \
                 is linked behind another version",
                found.end
            ),
        }
    }
}

/// All images of a run.
#[derive(Debug)]
pub struct Firmware {
    /// In the order in which they are laid over one another.
    pub images: Vec<Image>,
    /// Where a run starts.
    pub start: Start,
    /// The image that it starts in, by its place in `images`.
    pub started_by: usize,
    /// Remarks of all images and about their overlaps.
    pub remarks: Vec<Remark>,
    /// What a boot loader would have written beside what it was given.
    written: Vec<Segment>,
}

impl Firmware {
    /// Loads each of `specs` (see [`Image::load`]) and lays them over one another.
    ///
    /// # Errors
    /// [`ImageError`] when one cannot be used, or none has a vector table.
    pub fn load<S: AsRef<str>>(specs: &[S]) -> Result<Self, ImageError> {
        Self::of(&Self::read(specs)?)
    }

    /// Reads each of `specs` without taking it apart.
    ///
    /// # Errors
    /// [`ImageError`] when they are too many, or one cannot be read.
    pub fn read<S: AsRef<str>>(specs: &[S]) -> Result<Vec<ImageFile>, ImageError> {
        if specs.len() > MOST_IMAGES {
            return Err(ImageError::TooMany { count: specs.len(), most: MOST_IMAGES });
        }
        specs.iter().map(|spec| ImageFile::read(spec.as_ref())).collect()
    }

    /// Takes `files` apart and lays them over one another.
    ///
    /// # Errors
    /// As [`Firmware::load`], but for reading.
    pub fn of(files: &[ImageFile]) -> Result<Self, ImageError> {
        Self::lay(files.iter().map(ImageFile::parse).collect::<Result<_, _>>()?)
    }

    /// Lays `images` over one another: the later wins. The start is the lowest valid vector table.
    ///
    /// # Errors
    /// [`ImageError::NoImage`], or [`ImageError::Vectors`] when none has a valid vector table.
    pub fn lay(images: Vec<Image>) -> Result<Self, ImageError> {
        let holds = |addr| images.iter().any(|image| image.holds(addr));
        let mut start: Option<(Start, usize)> = None;
        let mut closest = None;
        for (index, image) in images.iter().enumerate() {
            match vectors::find(image, &holds) {
                // Of two at the same address the later image's is the one in memory.
                Ok(found) if start.is_none_or(|(best, _)| found.vtor <= best.vtor) => start = Some((found, index)),
                Ok(_) => {}
                Err(problem) => closest = closest.or(Some((problem, index))),
            }
        }
        let Some((start, started_by)) = start else {
            return Err(match closest {
                Some((problem, index)) => ImageError::Vectors { path: images[index].path.clone(), problem },
                None => ImageError::NoImage,
            });
        };
        let mut remarks: Vec<Remark> = images.iter().flat_map(|image| image.remarks.iter().cloned()).collect();
        for (index, later) in images.iter().enumerate() {
            remarks.extend(images[..index].iter().flat_map(|earlier| overlaps(earlier, later)));
        }
        let mut firmware = Self { images, start, started_by, remarks: Vec::new(), written: Vec::new() };
        remarks.extend(firmware.mark_application());
        remarks.extend(firmware.what_is_absent());
        firmware.remarks = remarks;
        Ok(firmware)
    }

    /// The little-endian word at `addr`, if one image puts all of it there; of several the last.
    pub fn word(&self, addr: u32) -> Option<u32> {
        self.images.iter().rev().find_map(|image| image.word(addr))
    }

    /// The SoftDevice that is among the images.
    pub fn softdevice(&self) -> Option<SoftDevice> {
        SoftDevice::find(|addr| self.word(addr))
    }

    /// An application beside a boot loader is one that was given to it: the boot loader has marked it as valid then, or it would never
    /// start it. The mark is that of Adafruit's boot loader (bootloader_types.h: bank_0 = BANK_VALID_APP, bank_0_crc = 0 for
    /// none), on the page behind the MBR's parameters.
    fn mark_application(&mut self) -> Option<Remark> {
        const NRFFW: [u32; 2] = [0x1000_1014, 0x1000_1018];
        let [boot_loader, parameters] = NRFFW.map(|at| self.word(at).filter(|&word| word != u32::MAX));
        let settings = parameters?.checked_add(0x1000)?;
        let holds = |addr| self.images.iter().any(|image| image.holds(addr));
        let application = self.images.iter().find(|image| {
            let start = image.start().ok().map(|start| start.vtor);
            start.is_some_and(|at| at > 0 && at < BOOT_LOADERS && Some(at) != boot_loader)
        })?;
        if self.start.vtor != 0
            || !holds(boot_loader?)
            || holds(settings)
            || Region::of(settings) != Some(Region::Flash)
        {
            return None;
        }
        let path = application.path.clone();
        self.written.push(Segment { addr: settings, virt: settings, data: vec![1, 0, 0, 0] });
        Some(Remark::MarkedValid { path, settings })
    }

    /// What a board with this firmware has below it in flash, and the images have not.
    fn what_is_absent(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        let softdevice = self.softdevice();
        let has_mbr = self.start.vtor == 0;
        if !has_mbr && Region::of(self.start.vtor) == Some(Region::Flash) {
            let path = self.images[self.started_by].path.clone();
            remarks.push(Remark::StartsAbove { path, vtor: self.start.vtor });
        }
        for image in self.images.iter().filter(|image| SoftDevice::find(|addr| image.word(addr)).is_none()) {
            let start =
                image.start().ok().filter(|start| start.vtor > 0 && Region::of(start.vtor) == Some(Region::Flash));
            let Some(Start { vtor, .. }) = start else { continue };
            let path = image.path.clone();
            match softdevice {
                Some(found) => {
                    // A boot loader lies far above.
                    if found.end > 0 && vtor != found.end && vtor < BOOT_LOADERS {
                        remarks.push(Remark::SoftDeviceMismatch { found, path, vtor });
                    }
                }
                None => {
                    let calls = below::system_calls(image);
                    let mbr = calls.iter().all(|&number| number == below::MBR_CALL);
                    let whose = if mbr { "Nordic's MBR" } else { below::guess(vtor) };
                    let answered = calls.is_empty() || (mbr && has_mbr);
                    if !answered {
                        remarks.push(Remark::CallsAbsent { path, calls: calls.len(), whose, mbr });
                    }
                }
            }
        }
        remarks
    }

    /// Every segment in the order in which they go to memory.
    pub fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.images.iter().flat_map(|image| &image.segments).chain(&self.written)
    }

    /// The function and source line at `pc`; of several images the one that has the byte there answers.
    pub fn locate(&self, pc: u32) -> Option<Location> {
        let owner = self.images.iter().rev().find(|image| image.holds(pc));
        let found = owner.and_then(|image| image.symbols.locate(pc));
        // Code that start-up copies to RAM is in no image at that address, yet its symbols are.
        found.or_else(|| self.images.iter().rev().find_map(|image| image.symbols.locate(pc)))
    }

    /// `(first address, bytes)` of every function whose size is known, by rising address, each once.
    pub fn code(&self) -> Vec<(u32, u32)> {
        let mut code: Vec<_> = self.images.iter().flat_map(|image| image.symbols.code()).collect();
        code.sort_unstable();
        code.dedup_by_key(|(first, _)| *first);
        code
    }

    /// The lines of the code from `from` to before `to`, of the last image that knows any.
    pub fn lines(&self, from: u32, to: u32) -> Vec<LineRange> {
        let known = self.images.iter().rev().map(|image| image.symbols.lines(from, to));
        known.into_iter().find(|lines| !lines.is_empty()).unwrap_or_default()
    }

    /// `(first address, bytes)` of the function that holds `pc`.
    pub fn function(&self, pc: u32) -> Option<(u32, u32)> {
        self.images.iter().rev().find_map(|image| image.symbols.function(pc))
    }

    /// The variable that holds `addr`.
    pub fn variable(&self, addr: u32) -> Option<Symbol> {
        self.images.iter().rev().find_map(|image| image.symbols.variable(addr))
    }

    /// Every function name at the address where the function that holds `pc` begins: aliases of a default handler are many.
    pub fn names_at(&self, pc: u32) -> Vec<String> {
        self.images.iter().rev().flat_map(|image| image.symbols.names_at(pc)).collect()
    }

    /// The symbol called `name`, of the last image that has one.
    pub fn symbol(&self, name: &str) -> Option<Symbol> {
        self.images.iter().rev().find_map(|image| image.symbols.named(name))
    }
}

fn overlaps<'a>(earlier: &'a Image, later: &'a Image) -> impl Iterator<Item = Remark> + 'a {
    earlier.segments.iter().flat_map(move |a| {
        later.segments.iter().filter_map(move |b| {
            let (a_first, b_first) = (memory::unalias(a.addr), memory::unalias(b.addr));
            let first = a_first.max(b_first);
            let end = (a_first + a.data.len() as u32).min(b_first + b.data.len() as u32);
            (first < end).then(|| Remark::ImagesOverlap {
                earlier: earlier.path.clone(),
                later: later.path.clone(),
                addr: first,
                bytes: end - first,
            })
        })
    })
}
