//! Several images laid over one another, and where the whole of them starts.

use super::symbols::{Location, Symbol};
use super::{Image, ImageError, Segment, Start, memory, vectors};
use std::fmt;

/// Nobody needs more than MBR, SoftDevice, boot loader, application and settings, and some to spare.
const MOST_IMAGES: usize = 16;

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
}

impl Firmware {
    /// Loads each of `specs` (see [`Image::load`]) and lays them over one another.
    ///
    /// # Errors
    /// [`ImageError`] when one cannot be used, or none has a vector table.
    pub fn load<S: AsRef<str>>(specs: &[S]) -> Result<Self, ImageError> {
        if specs.len() > MOST_IMAGES {
            return Err(ImageError::TooMany { count: specs.len(), most: MOST_IMAGES });
        }
        Self::lay(specs.iter().map(|spec| Image::load(spec.as_ref())).collect::<Result<_, _>>()?)
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
        Ok(Self { images, start, started_by, remarks })
    }

    /// Every segment in the order in which they go to memory.
    pub fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.images.iter().flat_map(|image| &image.segments)
    }

    /// The function and source line at `pc`; of several images the one that has the byte there answers.
    pub fn locate(&self, pc: u32) -> Option<Location> {
        let owner = self.images.iter().rev().find(|image| image.holds(pc));
        let found = owner.and_then(|image| image.symbols.locate(pc));
        // Code that start-up copies to RAM is in no image at that address, yet its symbols are.
        found.or_else(|| self.images.iter().rev().find_map(|image| image.symbols.locate(pc)))
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
