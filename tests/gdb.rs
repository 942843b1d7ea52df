//! `--gdb`: a session of gdb-multiarch for each thing that a debugger can do.

use super::support::{Bench, Run, played};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// A simulator that waits for a debugger.
struct Waiting {
    bench: Bench,
    child: Child,
    /// What it has said so far, and goes on to say.
    said: String,
    rest: BufReader<std::process::ChildStderr>,
    address: String,
}

impl Waiting {
    fn new(sim: &str) -> Self {
        Self::on(Bench::new(), sim)
    }

    fn on(bench: Bench, sim: &str) -> Self {
        let line = format!("sim {sim} --headless --report r.json --gdb 127.0.0.1:0");
        let mut command = bench.command(&line);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut rest = BufReader::new(child.stderr.take().expect("its stderr"));
        let mut said = String::new();
        let address = loop {
            let mut line = String::new();
            assert_ne!(rest.read_line(&mut line).expect("text"), 0, "it has ended: {said}");
            said.push_str(&line);
            if let Some(rest) = line.split("waiting for GDB at ").nth(1) {
                break rest.split(' ').next().expect("an address").to_owned();
            }
        };
        Self { bench, child, said, rest, address }
    }

    /// What the simulator has come to, once its run is over.
    fn end(mut self) -> Run {
        self.rest.read_to_string(&mut self.said).expect("text");
        let mut output = self.child.wait_with_output().expect("it ends");
        output.stderr = self.said.into_bytes();
        self.bench.collect(output)
    }

    /// Runs GDB on `elf` with `script` after it has connected; gives what it printed.
    fn gdb(&self, elf: &str, script: &str) -> String {
        self.gdb_by(&format!("target remote {}", self.address), elf, script)
    }

    fn gdb_by(&self, connect: &str, elf: &str, script: &str) -> String {
        let script = format!("set pagination off\nset confirm off\nset width 0\n{connect}\n{script}");
        self.bench.write("script.gdb", script);
        let mut command = Command::new(debugger());
        command.args(["-nx", "-batch", "-x"]).arg(self.bench.path("script.gdb")).arg(self.bench.path(elf));
        let output = command.stdin(Stdio::null()).output().expect("GDB runs");
        // Targets talk on stderr, so that what is in between the two cannot be told.
        let text = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text)).join(BORDER);
        println!("{text}");
        text
    }
}

/// Debian's, Fedora's or Homebrew's.
fn debugger() -> &'static str {
    static NAME: OnceLock<&str> = OnceLock::new();
    NAME.get_or_init(|| {
        let there = |name: &&str| Command::new(name).arg("--version").stdout(Stdio::null()).status().is_ok();
        ["gdb-multiarch", "arm-none-eabi-gdb", "gdb"]
            .into_iter()
            .find(there)
            .expect("GDB is missing: ./setup.sh --tests")
    })
}

/// Between what GDB said on stdout and on stderr.
const BORDER: &str = "\n-- stderr --\n";

/// Each of `words` stands in `text`, one behind the other as far as they were said on the same stream.
#[track_caller]
fn expect_in_order(text: &str, words: &[&str]) {
    let mut rests: Vec<&str> = text.split(BORDER).collect();
    for word in words {
        let found = rests.iter_mut().find_map(|rest| Some((rest.find(word)?, rest)));
        let (at, rest) = found.unwrap_or_else(|| panic!("`{word}` is missing, or comes too early, in:\n{text}"));
        *rest = &rest[at + word.len()..];
    }
}

const C: &str = "fixtures/example-c.elf";

#[test]
fn it_stands_at_the_reset_vector_and_the_end_is_told() {
    let sim = Waiting::new(C);
    let text = sim.gdb(C, "info registers pc sp xpsr\nmonitor cycles\ncontinue\n");
    expect_in_order(
        &text,
        &["Reset_Handler", "pc ", "0x42", "sp ", "0x20040000", "cycle 0, 0 instructions", "exited normally"],
    );
    let run = sim.end();
    run.expect_status(0);
    assert_eq!(run.stdout, "hello from C\n");
}

#[test]
fn breakpoints_of_both_kinds_halt_and_the_run_stays_the_same_run() {
    let sim = Waiting::new(C);
    let text = sim.gdb(
        C,
        "break main\ncontinue\nhbreak *0xdc\ncontinue\nprintf \"r3 is %d\\n\", $r3\ncontinue\nprintf \"r3 is %d\\n\", $r3\n\
         info breakpoints\ndelete\ncontinue\n",
    );
    expect_in_order(
        &text,
        &["Breakpoint 1, main", "Breakpoint 2, ", "r3 is 3", "Breakpoint 2, ", "r3 is 2", "exited normally"],
    );
    let (run, alone) = (sim.end(), played("example-c"));
    for pointer in ["/trace_sha256", "/time/cycles", "/time/instructions", "/exit/reason"] {
        assert_eq!(run.report.pointer(pointer), alone.report.pointer(pointer), "{pointer}");
    }
}

#[test]
fn a_song_with_breakpoints_watches_and_steps_sounds_and_ends_the_same() {
    let elf = "fixtures/player-cached.elf";
    let sim = Waiting::new(&format!("{elf} --audio out.wav"));
    let text = sim.gdb(
        elf,
        "rbreak finish$\nwatch *(int*)0x20000000\nawatch *(int*)0x50000508\ncontinue\ncontinue\ncontinue\nstepi\nstepi\nstepi\n\
         delete\ntbreak _ZN6player6vs105331Vs1053$LT$C$C$D$C$S$C$X$C$W$GT$4fill17h4986eaddb92bddabE\ncontinue\nnext\nnext\n\
         monitor chip\ncontinue\n",
    );
    expect_in_order(&text, &["access (read/write) watchpoint", "stream buffer", "exited normally"]);
    let (run, alone) = (sim.end(), played("player-cached"));
    for pointer in ["/trace_sha256", "/time/cycles", "/vs1053/0/streams/0/pcm_sha256", "/throughput/verdict"] {
        assert_eq!(run.report.pointer(pointer), alone.report.pointer(pointer), "{pointer}");
    }
}

#[test]
fn a_step_is_one_instruction_and_next_goes_over_calls() {
    let sim = Waiting::new(C);
    let text = sim.gdb(
        C,
        "stepi\nprintf \"at %x\\n\", $pc\nmonitor cycles\nbreak main\ncontinue\nnext\nnext\nnext\nwhere\nstep\ninfo line\nkill\n",
    );
    expect_in_order(&text, &["at 4", "1 instructions", "Breakpoint 1, main", "main () at", "killed"]);
    let run = sim.end();
    run.expect_status(130);
}

#[test]
fn watched_memory_and_registers_halt_behind_the_access() {
    let sim = Waiting::new(C);
    // OUTCLR, which main stores to at 0xc8, and a literal that is loaded at 0xa0.
    let text = sim.gdb(
        C,
        "watch *(int*)0x5000050c\nawatch *(int*)0x5000050c\ncontinue\nprintf \"behind %x\\n\", $pc\ndelete\n\
         rwatch *(int*)0xb0\ncontinue\n\
         printf \"literal %x\\n\", $pc\ncontinue\n",
    );
    expect_in_order(&text, &["0x5000050c", "behind cc", "literal a2"]);
    sim.end().expect_status(0);
}

/// `firmware/soak`: three interrupts of RTC1, TIMER0 each 300 us.
const SOAK: &str = "[soc]\nlfxo = true\n[soc.uicr]\n\"0x080\" = 100\n\"0x084\" = 300\n\"0x088\" = 0\n\"0x08c\" = 20\n";

fn soak() -> Waiting {
    let bench = Bench::new();
    bench.write("soak.toml", SOAK);
    Waiting::on(bench, "fixtures/soak.elf --board soak.toml")
}

#[test]
fn a_backtrace_goes_through_an_interrupt_to_what_it_interrupted() {
    let sim = soak();
    let text = sim.gdb(
        "fixtures/soak.elf",
        "break RTC1_IRQHandler\ncontinue\nbacktrace\ninfo registers msp psp primask basepri faultmask control\n\
         printf \"exception %d\\n\", $xpsr & 0x1ff\nfinish\ndelete\nwatch rtc_count\ncontinue\ncontinue\nbacktrace\ndelete\ncontinue\n",
    );
    expect_in_order(
        &text,
        &[
            "Breakpoint 1, RTC1_IRQHandler",
            "#0  RTC1_IRQHandler",
            "<signal handler called>",
            "main",
            "msp",
            "0x2003ff",
            "control",
            "exception 33",
            "Hardware watchpoint",
            "Old value = 1",
            "New value = 2",
            "<signal handler called>",
            "exited normally",
        ],
    );
    sim.end().expect_status(0);
}

#[test]
fn an_interrupted_run_with_a_debugger_is_the_run_without() {
    let bench = Bench::new();
    bench.write("soak.toml", SOAK);
    let alone = bench.sim("fixtures/soak.elf --board soak.toml --headless");
    let sim = soak();
    sim.gdb(
        "fixtures/soak.elf",
        "break TIMER0_IRQHandler\nwatch noise\nset $n = 0\nwhile $n < 60\ncontinue\nstepi\nset $n = $n + 1\nend\ndelete\ncontinue\n",
    );
    let run = sim.end();
    for pointer in ["/trace_sha256", "/time/cycles", "/time/instructions"] {
        assert_eq!(run.report.pointer(pointer), alone.report.pointer(pointer), "{pointer}");
    }
}

#[test]
fn registers_and_memory_can_be_read_and_written() {
    let sim = soak();
    let text = sim.gdb(
        "fixtures/soak.elf",
        "break work\ncontinue\nset $r7 = 0x1234\nset $s3 = 1.5\nset $d4 = 2.25\nset $basepri = 0x40\n\
         printf \"r7 %x s3 %f d4 %f basepri %x\\n\", $r7, $s3, $d4, $basepri\nset $basepri = 0\n\
         set var noise = 77\nprintf \"noise %d\\n\", noise\nset *(unsigned*)0x50000504 = 0x2000\nx/1xw 0x50000504\n\
         x/1xw 0x10000060\nx/2xh 0x40011540\nx/1xw 0xe000ed00\ninfo mem\ninfo registers fpscr\nmonitor cycles\nx/1xw 0x30000000\n",
    );
    expect_in_order(
        &text,
        &[
            "r7 1234 s3 1.500000 d4 2.250000 basepri 40",
            "noise 77",
            "0x50000504:\t0x00002000",
            "0x10000060:",
            "0xe000ed00:\t0x410fc241",
            "0x00000000 0x00100000 flash",
            "fpscr",
            // It ends the script.
            "Cannot access memory at address 0x30000000",
        ],
    );
    sim.end();
}

#[test]
fn monitor_commands_tell_of_the_board_and_move_its_buttons() {
    let sim = Waiting::new(C);
    let text = sim.gdb(
        C,
        "monitor help\nmonitor board\nmonitor chip\nmonitor press SW1\nmonitor press SW9\nstepi\nmonitor pins\n\
         monitor release SW1\nmonitor speed\nmonitor speed 10\nmonitor speed fast\nmonitor gaps\nmonitor rest\nmonitor catch\nkill\n",
    );
    expect_in_order(
        &text,
        &[
            "monitor press BUTTON",
            "dongle: ",
            "SCLK=P0.22",
            "MODE        0x4000",
            "stream buffer 0 of 2048 bytes",
            "SW1 is pressed",
            "no button `SW9`, but SW1",
            "P1.06",
            "low (driven)",
            "SW1 is let go",
            "speed max",
            "speed 10x",
            "`fast` is no speed",
            "none so far",
            "did you mean `reset`?",
            "catches none",
        ],
    );
    sim.end();
}

#[test]
fn reset_starts_anew_and_the_vector_can_be_caught() {
    let sim = Waiting::new(C);
    let text = sim.gdb(
        C,
        "break main\ncontinue\nmonitor reset halt\nmaintenance flush register-cache\nprintf \"at %x\\n\", $pc\ncontinue\n\
         delete\nmonitor catch reset\nset *(unsigned*)0xe000ed0c = 0x05fa0004\ncontinue\nprintf \"reset at %x\\n\", $pc\n\
         monitor catch none\ncontinue\n",
    );
    expect_in_order(
        &text,
        &[
            "Breakpoint 1, main",
            "it stands at 0x00000042",
            "at 42",
            "Breakpoint 1, main",
            "SIGTRAP",
            "reset at 42",
            "exited normally",
        ],
    );
    sim.end().expect_status(0);
}

/// A jump to where no code is: caught where the handler starts, and without a catch the run can only end.
#[test]
fn faults_are_caught_and_a_parked_run_can_be_looked_at() {
    for (catch, seen) in [("monitor catch hard", "SIGTRAP"), ("monitor catch none", "SIGSTOP")] {
        let sim = Waiting::new(C);
        let text = sim.gdb(
            C,
            &format!("break main\ncontinue\n{catch}\nset $pc = 0x30000000\ncontinue\nprintf \"in %x\\n\", $pc\nbacktrace\ndelete\ncontinue\ncontinue\n"),
        );
        expect_in_order(&text, &["Breakpoint 1, main", seen, "in 40", "Default_Handler", "<signal handler called>"]);
        let run = sim.end();
        run.expect_status(3);
        assert_eq!(run.diagnostics(), ["halted-on-fault"]);
    }
}

#[test]
fn load_puts_another_program_into_flash() {
    let sim = Waiting::new("fixtures/player-too-slow.elf");
    let text = sim
        .gdb(C, "load\nmonitor reset halt\nmaintenance flush register-cache\nbreak main\ncontinue\ndelete\ncontinue\n");
    expect_in_order(&text, &["Loading section .text", "Transfer rate", "Breakpoint 1, main", "exited normally"]);
    let run = sim.end();
    run.expect_status(0);
    assert_eq!(run.stdout, "hello from C\n");
}

#[test]
fn after_detach_the_run_goes_on_to_its_end_and_extended_mode_works() {
    let sim = Waiting::new(C);
    let connect = format!("target extended-remote {}", sim.address);
    let text = sim.gdb_by(&connect, C, "break main\ncontinue\nrun\ninfo registers pc\ndetach\n");
    expect_in_order(&text, &["Breakpoint 1, main", "Breakpoint 1, main", "detached"]);
    let run = sim.end();
    run.expect_status(0);
    assert_eq!(run.stdout, "hello from C\n");
}

/// Packets by hand: what GDB never sends. The run goes on when the connection breaks.
#[test]
fn nonsense_from_a_client_harms_nothing() {
    let sim = Waiting::new(C);
    for nonsense in [&b"$g#67+$m0,ffffffff#00$Z9,0,2#00"[..], b"\x03\x03+++---", b"$vCont;z#ff", &[0xFF; 70_000]] {
        let mut stream = TcpStream::connect(&sim.address).expect("it listens");
        // It may have hung up already.
        let _ = stream.write_all(nonsense);
        drop(stream);
    }
    sim.end().expect_status(0);
}

/// Ctrl-C of GDB's: an interrupt byte while the machine runs.
#[test]
fn an_interrupt_halts_and_the_registers_can_be_read() {
    let sim = Waiting::new("fixtures/player-too-slow.elf --speed 0.01");
    let mut stream = TcpStream::connect(&sim.address).expect("it listens");
    let mut buffer = [0; 4096];
    let mut ask = |packet: &str, wanted: &str| {
        stream.write_all(packet.as_bytes()).expect("it listens");
        let mut got = String::new();
        while !got.contains(wanted) {
            let count = stream.read(&mut buffer).expect("an answer");
            assert_ne!(count, 0, "it has hung up: {got}");
            got.push_str(&String::from_utf8_lossy(&buffer[..count]));
        }
        got
    };
    ask("$?#3f", "#");
    ask("+$c#63", "+");
    ask("\x03", "S02");
    let got = ask("+$pf#d6", "#");
    assert!(!got.contains('E'), "{got}");
    // It may hang up before it has said that it heard.
    let _ = stream.write_all(b"+$k#6b");
    sim.end().expect_status(130);
}

#[test]
fn a_port_that_is_taken_is_said() {
    let sim = Waiting::new(C);
    let bench = Bench::new();
    let run = bench.run(&format!("sim {C} --gdb {} --report r.json", sim.address));
    run.expect_status(74).expect_said(&["--gdb", &sim.address]);
    sim.gdb(C, "kill\n");
    sim.end();
}

/// GDB that is told to kill, and leaves.
#[test]
fn a_kill_in_extended_mode_ends_the_run() {
    let sim = Waiting::new(C);
    let text = sim.gdb_by(&format!("target extended-remote {}", sim.address), C, "kill\n");
    expect_in_order(&text, &["killed"]);
    sim.end().expect_status(130);
}

/// Where a trace begins GDB may halt as well, or has halted before.
#[test]
fn a_trace_waits_for_an_instruction_that_has_a_breakpoint() {
    for script in ["break *0xdc\ncontinue\ndelete\ncontinue\n", "break main\ncontinue\ndelete\ncontinue\n"] {
        let files = Bench::new();
        let trace = files.path("t.vcd");
        let sim = Waiting::new(&format!("{C} --trace {} --trace-for 1ms --trace-when address:0xdc", trace.display()));
        let text = sim.gdb(C, script);
        expect_in_order(&text, &["Breakpoint 1, ", "exited normally"]);
        sim.end().expect_status(0);
        let text = std::fs::read_to_string(trace).expect("a trace");
        assert!(text.contains("\n#464667656250\n"), "{}", &text[..text.len().min(2_000)]);
    }
}
