//! `ladder` that has nothing to run says so before anything runs; no Python is needed for that.

use crate::support::Bench;

#[test]
fn what_cannot_be_run_is_2_and_says_how_to_mend_it() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("files")).expect("a directory");
    bench.write("empty.mp3", "").write("files/ours.py", "pass\n");
    for (line, words) in [
        ("ladder --steps lop", &["there is no step `lop`", "did you mean `loop`?", "hardware_spi"][..]),
        ("ladder --steps ours", &["there is no step `ours`", "NAME.py in the directory of --drive"]),
        ("ladder --steps loop,", &["there is no step ``"]),
        ("ladder --song empty.mp3", &["empty.mp3 is empty"]),
        ("ladder --song no.mp3", &["cannot read the song `no.mp3`"]),
        ("ladder --drive nowhere", &["there is no directory `nowhere`"]),
        ("ladder --drive files@0xf0000:fat", &["how big the file system is"]),
        ("ladder --board dongel", &["dongel"]),
        ("ladder --firmware no.elf", &["no.elf"]),
        (
            "ladder --firmware fixtures/example-c.elf --drive files --steps ours",
            &["the firmware's file system cannot be found"],
        ),
        ("ladder --jobs 0", &["--jobs"]),
        ("ladder --html page.txt", &["a page's name ends in .html"]),
        ("ladder --for 8", &["a time needs a unit"]),
        ("ladder --deny choppy-sound --allow choppy-sound", &["contradict"]),
        ("ladder song.mp3", &["unexpected argument"]),
    ] {
        let run = bench.run(line);
        run.expect_status(2).expect_said(words);
        assert_eq!(run.stdout, "", "{line}");
    }
}

#[test]
fn a_page_that_cannot_be_written_is_74_before_anything_runs() {
    let run = Bench::new().run("ladder --html nowhere/page.html");
    run.expect_status(74).expect_said(&["cannot write `nowhere/page.html`", "make the directory first"]);
}

/// Firmware that is no interpreter, with a place for files that is given: every step is run, none sends a byte, and all are told.
#[test]
fn firmware_that_plays_nothing_ends_every_step_early() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("files")).expect("a directory");
    let run = bench.run(
        "ladder --firmware fixtures/example-c.elf --drive files@0xc0000+256k:littlefs --steps native,loop --html page.html --wav wav",
    );
    run.expect_status(1).expect_said(&[
        "step native: ended at 0 %",
        "step loop: ended at 0 %",
        "0 of 2 steps played to the end",
    ]);
    let rows: Vec<_> = run.stdout.lines().skip(2).take(2).collect();
    assert!(rows[0].starts_with("native ") && rows[1].starts_with("loop "), "{}", run.stdout);
    assert!(rows.iter().all(|row| row.ends_with("ended at 0 %")), "{}", run.stdout);
    let page = std::fs::read_to_string(bench.path("page.html")).expect("a page");
    assert!(page.contains("ended at 0 %"));
    assert!(bench.path("wav/loop.wav").is_file() && bench.path("wav/native.wav").is_file());
}
