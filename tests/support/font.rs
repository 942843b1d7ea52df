//! A sound font that is small and has everything in it that one needs.

/// A sound font with one looped sine of 100 samples on key 69, as program 0 and as percussion (SoundFont 2.01, section 5).
pub fn small_font() -> Vec<u8> {
    let chunk = |name: &[u8], body: &[u8]| [name, &(body.len() as u32).to_le_bytes(), body].concat();
    let list = |name: &[u8], body: &[u8]| chunk(b"LIST", &[name, body].concat());
    let words = |words: &[u16]| words.iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<u8>>();
    let name = |text: &str| (0..20).map(|n| text.as_bytes().get(n).copied().unwrap_or(0)).collect::<Vec<u8>>();
    let wave = |n: u32| (f64::from(n) * std::f64::consts::TAU / 100.0).sin() * 20_000.0;
    let samples: Vec<u8> = (0..1000).flat_map(|n| (wave(n) as i16).to_le_bytes()).chain([0; 92]).collect();
    let preset = |text, program, bank, bag| [name(text), words(&[program, bank, bag, 0, 0, 0, 0, 0, 0])].concat();
    let phdr = [preset("Sine", 0, 0, 0), preset("Drums", 0, 128, 1), preset("EOP", 0, 0, 2)].concat();
    let inst = [name("Sine"), words(&[0]), name("EOI"), words(&[1])].concat();
    let longs = |all: [u32; 5]| all.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
    let shdr = [name("sine"), longs([0, 1000, 0, 1000, 44_100]), vec![69, 0], words(&[0, 1])].concat();
    let none = [0; 46];
    let parts: [(&[u8], Vec<u8>); 9] = [
        (b"phdr", phdr),
        (b"pbag", words(&[0, 0, 1, 0, 2, 0])),
        (b"pmod", vec![0; 10]),
        // Generator 41 is the instrument, 53 the sample, 54 how it loops.
        (b"pgen", words(&[41, 0, 41, 0, 0, 0])),
        (b"inst", inst),
        (b"ibag", words(&[0, 0, 2, 0])),
        (b"imod", vec![0; 10]),
        (b"igen", words(&[54, 1, 53, 0, 0, 0])),
        (b"shdr", [shdr, none.to_vec()].concat()),
    ];
    let pdta: Vec<u8> = parts.iter().flat_map(|(name, body)| chunk(name, body)).collect();
    let info = chunk(b"ifil", &words(&[2, 1]));
    let lists = [list(b"INFO", &info), list(b"sdta", &chunk(b"smpl", &samples)), list(b"pdta", &pdta)].concat();
    chunk(b"RIFF", &[b"sfbk", &lists[..]].concat())
}
