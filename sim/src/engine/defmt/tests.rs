//! Frames made by hand, as the book of defmt has them under "Encoding".

use super::*;
use proptest::prelude::*;

fn table(encoding: &str, texts: &[(&str, &str)]) -> Arc<DefmtTable> {
    let names: Vec<String> = texts
        .iter()
        .map(|(tag, text)| {
            serde_json::json!({"package": "p", "tag": tag, "data": text, "disambiguator": "0"}).to_string()
        })
        .collect();
    let encoding = format!("_defmt_encoding_ = {encoding}");
    let head = [("_defmt_version_ = 4", 0, false), (encoding.as_str(), 0, false)];
    let entries = names.iter().zip(1..).map(|(name, number)| (name.as_str(), number, true));
    let symbols = head.into_iter().chain(entries).map(|(name, number, inside)| (name.as_bytes(), number, inside));
    Arc::new(DefmtTable::of(symbols).expect("a table"))
}

/// What `frame` says, its message being number 1 of `texts`.
fn raw(texts: &[(&str, &str)], frame: &[u8]) -> String {
    let mut out = Vec::new();
    Logs::new(table("raw", texts)).push(frame, &mut out);
    String::from_utf8(out).expect("text")
}

#[test]
fn numbers_and_hints() {
    let all = "{=u8} {=i16} {=u32:#010x} {=u8:b} {=bool} {=char} {=f32}";
    let mut frame = vec![1, 0, 42];
    frame.extend((-2i16).to_le_bytes());
    frame.extend(0xBEEFu32.to_le_bytes());
    frame.extend([5, 1]);
    frame.extend(u32::from('x').to_le_bytes());
    frame.extend(1.5f32.to_le_bytes());
    assert_eq!(raw(&[("defmt_info", all)], &frame), "INFO  42 -2 0x0000beef 101 true x 1.5\n");
}

#[test]
fn text_bytes_and_bit_fields() {
    let format = "{=str} {=istr} {=[u8]:02x} {=[u8;2]} {0=str:?}";
    let frame = [1, 0, 2, 0, 0, 0, b'h', b'i', 2, 0, 2, 0, 0, 0, 1, 0xFE, 7, 8];
    let texts = [("defmt_warn", format), ("defmt_str", "interned")];
    assert_eq!(raw(&texts, &frame), "WARN  hi interned [01, fe] [7, 8] \"hi\"\n");
    // Bits 4 to 12 of one number, which is sent as the 16 bits they lie in.
    let texts = [("defmt_debug", "{0=4..8} {0=8..12}")];
    assert_eq!(raw(&texts, &[1, 0, 0x50, 0x0A]), "DEBUG 5 10\n");
}

#[test]
fn a_message_says_where_in_the_source_it_stands() {
    let texts = [("defmt_info", "go"), ("defmt_println", "plain"), ("defmt_warn", "far")];
    let mut table = Arc::unwrap_or_clone(table("raw", &texts));
    table.stand_at([(1, "src/main.rs:18".into()), (2, "src/main.rs:19".into()), (70_000, "no.rs:1".into())].into());
    let mut out = Vec::new();
    Logs::new(Arc::new(table)).push(&[1, 0, 2, 0, 3, 0], &mut out);
    assert_eq!(String::from_utf8_lossy(&out), "INFO  go (src/main.rs:18)\nplain\nWARN  far\n");
}

#[test]
fn formats_in_formats_variants_and_lists() {
    let texts = [("defmt_error", "{=?} {=[?]}"), ("defmt_derived", "None|Some({=u8})"), ("defmt_prim", "{=u8:x}")];
    assert_eq!(raw(&texts, &[1, 0, 2, 0, 1, 9, 2, 0, 0, 0, 3, 0, 16, 17]), "ERROR Some(9) [10, 11]\n");
}

#[test]
fn a_time_stands_in_front() {
    let texts = [("defmt_println", "go"), ("defmt_timestamp", "{=u32:us}")];
    assert_eq!(raw(&texts, &[1, 0, 0x40, 0x42, 0x0F, 0]), "1.000000 go\n");
}

#[test]
fn a_frame_may_come_in_pieces() {
    let mut logs = Logs::new(table("raw", &[("defmt_info", "{=u16}")]));
    let mut out = Vec::new();
    for byte in [1, 0, 2, 1, 1, 0, 3] {
        logs.push(&[byte], &mut out);
    }
    assert_eq!(out, b"INFO  258\n");
}

/// From the README of rzcobs: zeros are bits of the code byte, which comes last.
#[test]
fn compressed_frames_are_told_apart_by_zeros() {
    assert_eq!(uncompressed(&[0x01, 0x7E]), Some(vec![0x01, 0, 0, 0, 0, 0, 0]));
    assert_eq!(uncompressed(&[0x7E]), None, "a byte is missing");
    let mut logs = Logs::new(table("rzcobs", &[("defmt_info", "{=u8}")]));
    let mut out = Vec::new();
    // 01 00 2A and zeros to fill up, then a frame that is cut short.
    logs.push(&[0x01, 0x2A, 0b0111_1010, 0, 0x2A, 0x01, 0], &mut out);
    assert_eq!(String::from_utf8(out).expect("text"), "INFO  42\n(defmt: a frame makes no sense)\n");
}

#[test]
fn what_is_not_in_the_table_is_said_and_passed_over() {
    assert_eq!(raw(&[("defmt_info", "a")], &[9, 0]), "(defmt: a frame names a message that the file does not have)\n");
    let long = [1, 0, 0xFF, 0xFF, 0xFF, 0xFF, 2, 0];
    assert_eq!(raw(&[("defmt_info", "{=[?]}"), ("defmt_prim", "x")], &long), "(defmt: a frame makes no sense)\n");
    let itself = [("defmt_info", "{=?}"), ("defmt_derived", "{=?}")];
    assert_eq!(
        raw(&itself, &[1, 0].into_iter().chain([2, 0].repeat(99)).collect::<Vec<u8>>()),
        "(defmt: a frame makes no sense)\n"
    );
}

proptest! {
    #[test]
    fn no_stream_makes_it_panic_or_run_away(
        bytes in prop::collection::vec(0u8..8, 0..400),
        format in "(\\{=(u8|str|\\?|\\[\\?\\]|\\[u8\\]|0\\.\\.9|3\\.\\.70|istr|__internal_FormatSequence)(:x|:a|:us|:08|:\\?)?\\}|[a|]){0,6}",
        compressed in any::<bool>(),
    ) {
        let texts = [("defmt_info", format.as_str()), ("defmt_derived", "{=?}|b{=u8}"), ("defmt_str", "s")];
        let mut logs = Logs::new(table(if compressed { "rzcobs" } else { "raw" }, &texts));
        let mut out = Vec::new();
        logs.push(&bytes, &mut out);
        prop_assert!(out.len() <= 400 * (MOST_TEXT + 64));
    }
}
