//! How far two recordings of the same are apart.

/// Root of the mean squared difference on the left and the right channel, in LSB, `theirs` beginning `lag` frames later than
/// `ours`. Frames that only one of them has do not count; `None` when fewer than `least` are in both.
pub fn rms(ours: &[i16], theirs: &[f32], lag: isize, least: usize) -> Option<[f64; 2]> {
    let ours = ours.as_chunks::<2>().0;
    let theirs = theirs.as_chunks::<2>().0;
    let ours = &ours[usize::try_from(-lag).unwrap_or(0).min(ours.len())..];
    let theirs = &theirs[usize::try_from(lag).unwrap_or(0).min(theirs.len())..];
    let frames = ours.len().min(theirs.len());
    let mut sum = [0.0; 2];
    for (a, b) in ours.iter().zip(theirs) {
        for channel in 0..2 {
            sum[channel] += (f64::from(a[channel]) - f64::from(b[channel])).powi(2);
        }
    }
    (frames >= least && frames > 0).then(|| sum.map(|sum| (sum / frames as f64).sqrt()))
}

/// The lag, of at most 2,500 frames either way, at which 4,096 frames of the middle fit best.
pub fn lag(ours: &[i16], theirs: &[f32]) -> isize {
    const MOST: isize = 2_500;
    const WINDOW: usize = 4_096;
    let middle = ours.len() / 4 * 2;
    let ours = &ours[middle..middle + 2 * WINDOW];
    let error = |lag: &isize| {
        let start = middle as isize + 2 * lag;
        let theirs = usize::try_from(start).ok().and_then(|start| theirs.get(start..start + 2 * WINDOW));
        let error: f64 = theirs.map_or(f64::INFINITY, |theirs| {
            ours.iter().zip(theirs).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum()
        });
        error
    };
    (-MOST..=MOST).min_by(|a, b| error(a).total_cmp(&error(b))).unwrap_or(0)
}
