//! "did you mean".

/// The candidate that `word` was most likely meant to be; none when nothing is close.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Same measure and threshold as clap, so that options and names are corrected alike.
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates {
        let likeness = strsim::jaro(&word.to_lowercase(), &candidate.to_lowercase());
        if likeness > 0.7 && best.is_none_or(|(most, _)| likeness > most) {
            best = Some((likeness, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        let names = ["sdi-overrun", "lockup", "wrong-mode"];
        assert_eq!(closest("sdi-overun", names), Some("sdi-overrun"));
        assert_eq!(closest("LOCKUP", names), Some("lockup"));
        assert_eq!(closest("xyz", names), None);
        assert_eq!(closest("", names), None);
    }
}
