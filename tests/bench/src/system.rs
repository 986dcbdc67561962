//! What the kernel tells and does: CPU time, memory, affinity, descriptors.

use std::{fs, process::Command, time::Duration};

use anyhow::{Context, Result, ensure};
use nix::{
    sched::{CpuSet, sched_getaffinity, sched_setaffinity},
    sys::{
        resource::{Resource, getrlimit, setrlimit},
        signal::Signal,
    },
    time::{ClockId, clock_getcpuclockid, clock_gettime},
    unistd::Pid,
};

/// The cores of a run: the server's, the load generator's.
#[derive(Clone, Copy)]
pub struct Cores {
    /// Where servers run.
    pub server: usize,
    /// Where the load generator runs.
    pub load: usize,
    /// Another one, if there is any.
    spare: Option<usize>,
}

impl Cores {
    /// The first two cores that this process may use.
    pub fn choose() -> Result<Self> {
        let allowed = sched_getaffinity(Pid::from_raw(0)).context("can't read the allowed cores")?;
        let mut cores = (0..CpuSet::count()).filter(|&core| allowed.is_set(core).unwrap_or(false));
        let (server, load) = (cores.next(), cores.next());
        let (Some(server), Some(load)) = (server, load) else {
            anyhow::bail!("a server and its load need a core each, and this machine gives us one");
        };
        Ok(Self {
            server,
            load,
            spare: cores.next(),
        })
    }

    /// Two cores for a server: the second is the load generator's if there is no third.
    pub fn for_two(&self) -> [usize; 2] {
        [self.server, self.spare.unwrap_or(self.load)]
    }

    /// Whether a server on two cores shares the second with the load generator.
    pub fn shares_with_load(&self) -> bool {
        self.spare.is_none()
    }
}

/// What machine this is, as far as it matters to the figures.
pub fn facts() -> Result<String> {
    let cpus = fs::read_to_string("/proc/cpuinfo")?;
    let model = cpus
        .lines()
        .find(|line| line.starts_with("model name"))
        .and_then(|line| line.split_once(": "));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let cores = std::thread::available_parallelism()?;
    let name = model.map_or(std::env::consts::ARCH, |(_, name)| name);
    Ok(format!("{cores} cores ({name}), Linux {}", kernel.trim()))
}

/// Keeps this thread, and what it starts, on `cores`.
pub fn pin(cores: &[usize]) -> Result<()> {
    let mut set = CpuSet::new();
    for &core in cores {
        set.set(core)?;
    }
    sched_setaffinity(Pid::from_raw(0), &set).with_context(|| format!("can't run on the cores {cores:?}"))
}

/// Becomes `command`, on `cores`, and ends with the process that started this one.
pub fn become_server(cores: &[usize], command: &[String]) -> Result<()> {
    use std::os::unix::process::CommandExt;

    pin(cores)?;
    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
    let (program, arguments) = command.split_first().context("no command given")?;
    Err(Command::new(program).args(arguments).exec()).with_context(|| format!("can't start {program}"))
}

/// Lets this process and its children open as many descriptors as they are allowed; returns how many that is.
pub fn raise_descriptors() -> Result<u64> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    Ok(hard)
}

/// CPU time, user and system, that all threads of `pid` have used, ended ones included; the scheduler's own count in
/// nanoseconds, where `/proc/PID/stat` knows only ticks of 10 ms.
pub fn cpu_time(pid: u32) -> Result<Duration> {
    let clock = clock_getcpuclockid(Pid::from_raw(pid.try_into()?)).context("the server has gone")?;
    Ok(clock_gettime(clock)?.into())
}

/// CPU time of this process.
pub fn own_cpu_time() -> Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID)?.into())
}

/// Resident memory of `pid` in bytes; summed over its pages (`VmRSS` may be off by some 100 kB a thread).
pub fn resident(pid: u32) -> Result<u64> {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).context("the server has gone")?;
    let line = rollup
        .lines()
        .find_map(|line| line.strip_prefix("Rss:"))
        .context("smaps_rollup has no Rss line")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}

/// Bytes that the kernel holds for the peer of a loopback connection because the peer does not read them.
pub fn unsent(server_port: u16, client_port: u16) -> Result<u64> {
    let table = fs::read_to_string("/proc/net/tcp")?;
    let (local, remote) = (format!(":{server_port:04X}"), format!(":{client_port:04X}"));
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        ensure!(
            fields.len() > 4,
            "/proc/net/tcp has another form than the kernel documents"
        );
        if fields[1].ends_with(&local) && fields[2].ends_with(&remote) {
            let (unsent, _) = fields[4].split_once(':').context("/proc/net/tcp has no queue")?;
            return Ok(u64::from_str_radix(unsent, 16)?);
        }
    }
    Ok(0)
}
