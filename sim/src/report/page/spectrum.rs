//! The spectrogram: a picture of the sound, time to the right, pitch upwards, brighter where it is louder.

use super::clip::Clip;
use realfft::RealFftPlanner;

/// Its size in pixels.
pub const WIDTH: usize = 860;
/// See [`WIDTH`].
pub const HEIGHT: usize = 240;
/// Samples of a piece that is looked at.
const PIECE: usize = 4096;
/// The lowest pitch in hertz; the highest is half of the rate.
pub const LOWEST_HZ: f64 = 40.0;
/// What is that far below the loudest possible is dark.
const FLOOR_DB: f32 = -90.0;

/// The height of `hz` in the picture, 0 at the bottom and 1 at the top: octaves are equally high.
pub fn height(hz: f64, rate_hz: u32) -> f64 {
    let top = (f64::from(rate_hz) / 2.0).max(2.0 * LOWEST_HZ);
    (hz / LOWEST_HZ).ln() / (top / LOWEST_HZ).ln()
}

/// The picture of `clip` as a PNG file; none of what is shorter than a piece.
pub fn png(clip: &Clip) -> Option<Vec<u8>> {
    let frames = clip.samples.len() / 2;
    if frames < PIECE || clip.rate_hz == 0 {
        return None;
    }
    let mut planner = RealFftPlanner::<f32>::new();
    let fft = planner.plan_fft_forward(PIECE);
    let (mut time, mut bins) = (fft.make_input_vec(), fft.make_output_vec());
    let mut scratch = fft.make_scratch_vec();
    let hann: Vec<f32> =
        (0..PIECE).map(|n| 0.5 - 0.5 * (2.0 * std::f32::consts::PI * n as f32 / PIECE as f32).cos()).collect();
    let rows: Vec<(usize, usize)> = (0..HEIGHT).map(|row| row_bins(row, clip.rate_hz)).collect();
    let mut pixels = vec![0u8; WIDTH * HEIGHT];
    for x in 0..WIDTH {
        let start = (frames - PIECE) * x / (WIDTH - 1);
        for (n, value) in time.iter_mut().enumerate() {
            let at = 2 * (start + n);
            *value = (f32::from(clip.samples[at]) + f32::from(clip.samples[at + 1])) / 65_536.0 * hann[n];
        }
        fft.process_with_scratch(&mut time, &mut bins, &mut scratch).ok()?;
        // A sine of full scale comes out as a quarter of the piece.
        let power: Vec<f32> = bins.iter().map(|bin| bin.norm_sqr() / (PIECE as f32 / 4.0).powi(2)).collect();
        for (row, &(from, to)) in rows.iter().enumerate() {
            let loudest = power[from..to].iter().fold(0.0f32, |most, value| most.max(*value));
            let db = 10.0 * loudest.max(1e-12).log10();
            let bright = ((db - FLOOR_DB) / -FLOOR_DB).clamp(0.0, 1.0);
            pixels[(HEIGHT - 1 - row) * WIDTH + x] = (bright * 255.0) as u8;
        }
    }
    encode(&pixels)
}

/// The bins of the transform that row `row` from the bottom shows.
fn row_bins(row: usize, rate_hz: u32) -> (usize, usize) {
    let top = (f64::from(rate_hz) / 2.0).max(2.0 * LOWEST_HZ);
    let hz = |row: usize| LOWEST_HZ * (top / LOWEST_HZ).powf(row as f64 / HEIGHT as f64);
    let bin = |hz: f64| (hz * PIECE as f64 / f64::from(rate_hz)) as usize;
    let last = PIECE / 2;
    let from = bin(hz(row)).min(last);
    (from, bin(hz(row + 1)).clamp(from + 1, last + 1))
}

fn encode(pixels: &[u8]) -> Option<Vec<u8>> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, WIDTH as u32, HEIGHT as u32);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette());
    encoder.write_header().ok()?.write_image_data(pixels).ok()?;
    Some(file)
}

/// Dark violet to light yellow, ever brighter, so that it reads in grey as well.
fn palette() -> Vec<u8> {
    const STOPS: [[f32; 3]; 6] = [
        [13.0, 8.0, 32.0],
        [66.0, 18.0, 106.0],
        [140.0, 41.0, 118.0],
        [215.0, 72.0, 70.0],
        [249.0, 150.0, 40.0],
        [252.0, 250.0, 180.0],
    ];
    let last = STOPS.len() - 1;
    (0..256usize)
        .flat_map(|n| {
            let at = n as f32 / 255.0 * last as f32;
            let stop = (at as usize).min(last - 1);
            let part = at - stop as f32;
            std::array::from_fn::<u8, 3, _>(|i| (STOPS[stop][i] * (1.0 - part) + STOPS[stop + 1][i] * part) as u8)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The row, from the bottom, that is brightest in the middle of the picture.
    fn brightest(clip: &Clip) -> usize {
        let file = png(clip).expect("a picture");
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().expect("a PNG file");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        reader.next_frame(&mut pixels).expect("pixels");
        let column = |row: usize| pixels[(HEIGHT - 1 - row) * WIDTH + WIDTH / 2];
        (0..HEIGHT).max_by_key(|row| column(*row)).expect("rows")
    }

    #[test]
    fn a_tone_is_where_its_pitch_is() {
        for (rate_hz, hz) in [(48_000, 1_000.0), (48_000, 200.0), (8_000, 3_000.0)] {
            let wave = |n: u32| {
                (20_000.0 * (2.0 * std::f64::consts::PI * hz * f64::from(n) / f64::from(rate_hz)).sin()) as i16
            };
            let clip = Clip { rate_hz, samples: (0..rate_hz).flat_map(|n| [wave(n); 2]).collect() };
            let wanted = height(hz, rate_hz) * HEIGHT as f64;
            let row = brightest(&clip) as f64;
            assert!((row - wanted).abs() < 6.0, "{hz} Hz is in row {row}, not {wanted}");
        }
    }

    #[test]
    fn odd_sound_makes_no_trouble() {
        assert_eq!(png(&Clip::default()), None);
        for rate_hz in [1, 30, 100, 1_000_000] {
            let clip = Clip { rate_hz, samples: vec![i16::MIN; 2 * PIECE] };
            assert!(png(&clip).is_some(), "{rate_hz}");
        }
        assert_eq!(palette().len(), 768);
        assert!((0..HEIGHT).all(|row| row_bins(row, 48_000).0 < row_bins(row, 48_000).1));
    }
}
