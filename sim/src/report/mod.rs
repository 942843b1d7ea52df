//! What a run says at its end: JSON, lines for people, exit status.
