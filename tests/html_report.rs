//! `--report FILE.html`: a page for people. It is read as a browser reads it, and holds what the JSON report says.

use crate::support::{Bench, Run, elf, played};
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;
use std::process::{Command, Stdio};

/// A page, taken apart.
struct Page {
    html: Html,
    text: String,
}

impl Page {
    fn read(bench: &Bench, name: &str) -> Self {
        let text = std::fs::read_to_string(bench.path(name)).expect("a page");
        let html = Html::parse_document(&text);
        assert!(html.errors.is_empty(), "a browser has nothing to mend: {:?}", html.errors);
        Self { html, text }
    }

    fn all(&self, selector: &str) -> Vec<ElementRef<'_>> {
        let selector = Selector::parse(selector).expect("a selector");
        self.html.select(&selector).collect()
    }

    fn texts(&self, selector: &str) -> Vec<String> {
        self.all(selector).iter().map(|element| element.text().collect()).collect()
    }

    /// The text of the only one of these that has `word` in it.
    #[track_caller]
    fn having(&self, selector: &str, word: &str) -> String {
        let all = self.texts(selector);
        let found: Vec<_> = all.iter().filter(|text| text.contains(word)).collect();
        assert_eq!(found.len(), 1, "`{word}` in {selector}: {all:?}");
        found[0].clone()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.texts("script#report")[0]).expect("the JSON report")
    }
}

/// Plays a fixture with a page beside the JSON report.
fn page_of(line: &str) -> (Run, Page) {
    let bench = Bench::new();
    let run = bench.sim(&format!("{line} --report r.html"));
    let page = Page::read(&bench, "r.html");
    (run, page)
}

/// Attributes through which a page could fetch something.
fn fetches_nothing(page: &Page) {
    for (selector, attribute) in [("[src]", "src"), ("[href]", "href"), ("[data]", "data"), ("[action]", "action")] {
        for element in page.all(selector) {
            let value = element.attr(attribute).unwrap_or_default();
            assert!(value.starts_with("data:") || value.starts_with('#'), "{attribute}={value}");
        }
    }
    assert!(page.all("link, iframe, object, embed, form, base").is_empty());
    let scripts = page.all("script");
    assert_eq!((scripts.len(), scripts[0].attr("type")), (1, Some("application/json")), "data, and nothing that runs");
    let policy = page.all("meta[http-equiv=Content-Security-Policy]");
    assert!(policy[0].attr("content").is_some_and(|policy| policy.starts_with("default-src 'none';")));
    // Links inside the page lead somewhere.
    for link in page.all("a[href]") {
        let fragment = link.attr("href").unwrap_or_default();
        assert_eq!(page.all(fragment).len(), 1, "{fragment}");
    }
}

#[test]
fn a_song_that_plays_has_everything_on_its_page() {
    let (run, page) = page_of("fixtures/player-cached.elf");
    run.expect_status(0);
    assert_eq!(page.json(), run.report, "the same as in the file for machines");
    assert_eq!(run.report["trace_sha256"], played("player-cached").report["trace_sha256"], "watching changes nothing");
    assert_eq!(run.report["vs1053"], played("player-cached").report["vs1053"]);
    fetches_nothing(&page);
    assert_eq!(page.texts("h1"), ["player-cached.elf on dongle"]);
    let badges = page.texts(".badges li");
    for (badge, word) in badges.iter().zip(["exit status 0", "okSPI, SCLK", "smooth", "none"]) {
        assert!(badge.contains(word), "{badges:?}");
    }
    assert_eq!(page.texts("header dt"), ["played", "sent", "SPI", "speed"]);
    // The wires: the firmware's first command and first bytes, by what the chip makes of them.
    assert!(page.having("figcaption", "The first command").contains("SCI "));
    assert!(page.having("figcaption", "The first data").contains("SDI "));
    page.having("figcaption", "DREQ falls");
    page.having("figcaption", "The slowest byte");
    page.having("figcaption", "Bytes a second");
    page.having("figcaption", "buffer");
    assert!(page.texts("td").iter().any(|text| text == "SCI write CLOCKF = 0x8800"));
    assert!(page.texts("td").iter().any(|text| text.starts_with("SDI: ")));
    let sound = page.all("audio");
    assert_eq!(sound.len(), 1);
    assert!(sound[0].attr("src").is_some_and(|src| src.starts_with("data:audio/flac;base64,")));
    let pictures = page.all("img");
    assert!(pictures[0].attr("src").is_some_and(|src| src.starts_with("data:image/png;base64,")));
    assert!(
        pictures[0].attr("alt").is_some_and(|alt| alt.starts_with("Spectrogram of 8.4")),
        "{:?}",
        pictures[0].attr("alt")
    );
    assert!(page.texts("h3").iter().any(|text| text.starts_with("Data (SDI)")));
    assert!(page.texts("td.short").is_empty(), "no limit is broken");
    assert!(page.text.len() < 6 << 20, "{} bytes", page.text.len());
}

#[test]
fn a_song_that_comes_too_slowly_shows_its_silences() {
    let (run, page) = page_of("fixtures/player-too-slow.elf");
    run.expect_status(0);
    page.having(".badges li", "choppy");
    let finding = page.having("section.finding", "choppy-sound");
    assert!(finding.contains("see the wires"), "{finding}");
    assert!(finding.contains("src/bin/too_slow.rs:"), "the loop that waits: {finding}");
    page.having("figcaption", "The first underrun");
    // What is drawn is what is counted.
    let silent = page.having("p", "Silent, or on the way to it");
    let seconds = silent.split(": ").nth(1).and_then(|rest| rest.split(' ').next()?.parse::<f64>().ok());
    let counted = run.number("/vs1053/0/underruns/total_s");
    assert!(seconds.is_some_and(|seconds| (seconds - counted).abs() < 0.01), "{silent}, but {counted}");
    assert!(!page.all("rect.silent").is_empty());
    fetches_nothing(&page);
}

#[test]
fn each_wrong_firmware_is_told_what_is_wrong_with_the_source_line_where_it_is_known() {
    for (elf, verdict) in
        [("player-lsb-first", "wrong-bit-order"), ("player-mode1", "wrong-mode"), ("player-no-xdcs", "no-select")]
    {
        let (run, page) = page_of(&format!("fixtures/{elf}.elf"));
        run.expect_status(3);
        assert_eq!(page.json(), run.report);
        let badges = page.texts(".badges li.bad");
        assert!(badges[0].contains("exit status 3") && badges[1].contains(verdict), "{elf}: {badges:?}");
        let finding = page.having("section.deny", verdict);
        assert!(finding.contains("help") && finding.contains("src/vs1053.rs:"), "{elf}: {finding}");
        page.having("figcaption", "The first command");
        fetches_nothing(&page);
    }
    let (_, page) = page_of("fixtures/player-no-dreq.elf");
    let finding = page.having("section.deny", "sdi-overrun");
    assert!(finding.contains("source") && finding.contains("src/bin/no_dreq.rs:"), "{finding}");
    assert!(page.texts("figcaption").iter().any(|text| text.starts_with("sdi-overrun at ")));
    page.having(".badges li", "lost for want of room");
}

#[test]
fn a_run_that_cannot_be_is_a_page_as_well() {
    let bench = Bench::new();
    for line in ["sim missing.elf --report r.html", "sim fixtures/player-cached.elf --no-such-option --report r.html"] {
        bench.run(line).expect_status(2);
        let page = Page::read(&bench, "r.html");
        page.having(".badges li.bad", "exit status 2");
        assert_eq!(page.all("section.deny").len(), 1);
        fetches_nothing(&page);
        std::fs::remove_file(bench.path("r.html")).expect("a page");
    }
    let run = bench.run("sim fixtures/player-cached.elf --audio missing/o.wav --report r.html --report r.json");
    run.expect_status(74);
    Page::read(&bench, "r.html").having(".badges li.bad", "exit status 74");
}

#[test]
fn a_run_that_is_cut_short_leaves_what_was_watched() {
    let (run, page) = page_of("fixtures/player-no-dreq.elf --fail-fast");
    run.expect_status(3);
    assert_eq!(run.report["exit"]["reason"], "denied");
    page.having("figcaption", "The first data");
    let (run, page) = page_of("fixtures/player-cached.elf --for 300ms");
    run.expect_status(0);
    page.having(".badges li", "stopped by --for");
    assert_eq!(page.all("audio").len(), 1);
}

/// Without a chip there is nothing to draw, and the page says the rest.
#[test]
fn a_board_without_a_chip_and_firmware_that_ends_at_once() {
    let (run, page) = page_of("fixtures/player-cached.elf --board bare");
    run.expect_status(1);
    page.having("pre", "player: NoDreq");
    assert!(page.all("audio, img").is_empty());
    fetches_nothing(&page);
    let bench = Bench::new();
    bench.write("<i>&zero.elf", elf::exiting_with(0)).sim("<i>&zero.elf --report r.html").expect_status(0);
    let page = Page::read(&bench, "r.html");
    assert_eq!(page.texts("h1"), ["<i>&zero.elf on dongle"]);
    assert!(page.all("i").is_empty());
}

/// A real browser has nothing to complain about, if there is one.
#[test]
fn chromium_opens_it_without_an_error() {
    let bench = Bench::new();
    bench.run("sim fixtures/player-no-dreq.elf --report r.html").expect_status(3);
    let mut command = Command::new("chromium");
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0", "--dump-dom"]);
    command.arg(format!("--user-data-dir={}", bench.path("profile").display()));
    command.arg(format!("file://{}", bench.path("r.html").display())).stdin(Stdio::null());
    let Ok(output) = command.output() else {
        eprintln!("skipped: there is no chromium here");
        return;
    };
    let (dom, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if !output.status.success() || dom.is_empty() {
        eprintln!("skipped: chromium does not start here: {said}");
        return;
    }
    assert!(dom.contains("lost for want of room"), "{dom}");
    let complaints: Vec<_> = said.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
}
