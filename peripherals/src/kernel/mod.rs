//! What every model stands on: time, wires, alarms, registers as data, and the words for what went wrong.

mod cx;
mod fabric;
mod finding;
mod input;
mod net;
mod quad;
mod reg;
mod routes;
mod sched;
mod snapshot;
mod time;

pub use cx::{ConsolePort, Cx, Peripheral, Refusal, Width, World};
pub use fabric::{CONTENTION, Chip, CopyChip, CopyProbe, Direction, Fabric, HearsPins, OSCILLATION, PinSpec, Probe};
pub use finding::{Finding, Findings, Kind, Level as LintLevel, Lint};
pub use input::{Input, InputTo};
pub use net::{ActorId, Drive, Edge, Level, NetId, Nets, PinId, ProbeId, Resolved, SOC};
pub use quad::{CopyQuadDevice, QuadDevice, QuadDevices};
pub use reg::{Access, Register, RegisterMap, registers};
pub use sched::{Alarm, Due, Scheduler};
pub(crate) use snapshot::copies;
pub use time::{CPU_HZ, Instant, PS_PER_CYCLE, Rate, Span};
