//! Sound to play, and its spectrogram.

use super::clip::{Clip, MOST_SECONDS, data_uri};
use super::spectrum::{self, LOWEST_HZ};
use super::watched::Watched;
use maud::{Markup, html};

/// Clips with their pictures; nothing when there was no sound.
pub(super) fn sound(watched: &Watched) -> Markup {
    let recording = &watched.recording;
    let clips: Vec<&Clip> = recording.clips().iter().filter(|clip| !clip.samples.is_empty()).collect();
    html! {
        @if !clips.is_empty() {
            h2 id="sound" { "Sound" }
            p class="dim" {
                "What leaves the DAC, from the first decoded sample on, as FLAC without loss; silence for want of data is in it."
                @if recording.cut > 0 { " " strong { (cut(recording.cut, &clips)) } }
                @if watched.chips.len() > 1 { " It is that of " (watched.chips[0].name) "." }
            }
            @for (index, clip) in clips.iter().enumerate() { (of_clip(clip, index + 1, clips.len())) }
        }
    }
}

fn cut(frames: u64, clips: &[&Clip]) -> String {
    let rate = clips.last().map_or(1, |clip| clip.rate_hz.max(1));
    format!(
        "It is cut: the page keeps {MOST_SECONDS} s at most, and about {:.1} s more are missing (--audio FILE.wav keeps all).",
        frames as f64 / f64::from(rate)
    )
}

fn of_clip(clip: &Clip, number: usize, of: usize) -> Markup {
    let name = if of > 1 { format!("Part {number}: ") } else { String::new() };
    html! {
        figure {
            figcaption {
                strong { (name) (format!("{:.2} s", clip.seconds())) } small { ", " (f64::from(clip.rate_hz) / 1000.0) " kHz, stereo, 16 bits" }
            }
            @match clip.flac() {
                Some(file) => {
                    audio controls preload="metadata" src=(data_uri("audio/flac", &file)) { "This browser plays no FLAC." }
                }
                None => { p { "It could not be put into a FLAC file: the format knows no such rate." } }
            }
            @if let Some(picture) = spectrum::png(clip) {
                div class="spectrum" {
                    ol aria-hidden="true" {
                        @for hz in [50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0, 20_000.0] {
                            @let up = spectrum::height(hz, clip.rate_hz);
                            @if up < 0.99 { li style=(format!("top:{:.1}%", 100.0 * (1.0 - up))) { (hertz(hz)) } }
                        }
                    }
                    img class="picture" src=(data_uri("image/png", &picture)) width=(spectrum::WIDTH) height=(spectrum::HEIGHT)
                        alt=(format!("Spectrogram of {:.2} s of sound from {LOWEST_HZ} Hz to {} Hz: time to the right, pitch upwards, louder is brighter", clip.seconds(), clip.rate_hz / 2));
                    p { span { "0 s" } span { "time; pitch upwards, louder is brighter" } span { (format!("{:.2} s", clip.seconds())) } }
                }
            }
        }
    }
}

fn hertz(hz: f64) -> String {
    if hz < 1000.0 { format!("{hz} Hz") } else { format!("{} kHz", hz / 1000.0) }
}
