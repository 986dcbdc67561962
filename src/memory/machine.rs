//! Derives the memory budget at the start: from the machine's memory, or from the limit that systemd sets for the service.

use std::{fs, path::Path};

use crate::limits::{MEMORY_FIXED_BYTES, MEMORY_LEAST_BYTES};

/// The budget of this machine in bytes: the control group's `memory.max`, or half of the machine's memory; less the fixed part; three
/// quarters of the rest. The last quarter is for the allocator and the kernel's buffers.
pub fn from_machine() -> usize {
    from_files(Path::new("/"))
}

fn from_files(root: &Path) -> usize {
    let machine = machine(root);
    let group = control_group(root).filter(|&group| machine.is_none_or(|machine| group < machine));
    of(group.or(machine.map(|bytes| bytes / 2)).unwrap_or_default())
}

/// The budget for clients in bytes, if the process may use `process` bytes in total.
pub fn of(process: usize) -> usize {
    (process.saturating_sub(MEMORY_FIXED_BYTES) / 4 * 3).max(MEMORY_LEAST_BYTES)
}

/// Memory of the machine in bytes: `MemTotal` of proc_meminfo(5); `None` if it can't be read.
fn machine(root: &Path) -> Option<usize> {
    let info = fs::read_to_string(root.join("proc/meminfo")).ok()?;
    let line = info.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: usize = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

/// The lowest `memory.max` of this process's control group and its parents (the kernel's `admin-guide/cgroup-v2.rst`); `None` without one.
fn control_group(root: &Path) -> Option<usize> {
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).ok()?;
    let own = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let top = root.join("sys/fs/cgroup");
    let limits = Path::new(own).ancestors().filter_map(|group| {
        let max = fs::read_to_string(top.join(group).join("memory.max")).ok()?;
        // `max` is no number: no limit.
        max.trim().parse().ok()
    });
    limits.min()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1024 * 1024;

    /// A temporary directory with simulated files of a machine.
    struct Root(std::path::PathBuf);

    impl Root {
        fn new(name: &str, files: &[(&str, &str)]) -> Self {
            let root = std::env::temp_dir().join(format!("chatterbox-memory-{}-{name}", std::process::id()));
            for (path, text) in files {
                let path = root.join(path);
                fs::create_dir_all(path.parent().expect("a directory")).expect("a place for it");
                fs::write(path, text).expect("a file");
            }
            Self(root)
        }
    }

    impl Drop for Root {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    const GIB_1: (&str, &str) = (
        "proc/meminfo",
        "MemTotal:        1048576 kB\nMemFree:          521 kB\n",
    );
    const SERVICE: (&str, &str) = ("proc/self/cgroup", "0::/system.slice/chatterbox.service\n");

    #[test]
    fn without_a_group_the_budget_comes_from_half_of_the_machine() {
        let root = Root::new("half", &[GIB_1]);
        assert_eq!(from_files(&root.0), of(512 * MIB));
        let root = Root::new("nothing", &[]);
        assert_eq!(from_files(&root.0), MEMORY_LEAST_BYTES);
    }

    #[test]
    fn the_least_limit_of_the_groups_above_counts() {
        let max = |bytes: &'static str| ("sys/fs/cgroup/system.slice/chatterbox.service/memory.max", bytes);
        let slice = |bytes: &'static str| ("sys/fs/cgroup/system.slice/memory.max", bytes);
        let none = Root::new("max", &[GIB_1, SERVICE, max("max\n"), slice("max\n")]);
        assert_eq!(from_files(&none.0), of(512 * MIB));
        let own = Root::new("own", &[GIB_1, SERVICE, max("268435456\n"), slice("max\n")]);
        assert_eq!(from_files(&own.0), of(256 * MIB));
        let most = Root::new("most", &[GIB_1, SERVICE, max("644245094\n")]);
        assert_eq!(from_files(&most.0), of(644_245_094), "more than half, as the unit says");
        let above = Root::new("above", &[GIB_1, SERVICE, max("268435456\n"), slice("209715200\n")]);
        assert_eq!(from_files(&above.0), of(200 * MIB));
        let large = Root::new("large", &[GIB_1, SERVICE, max("1073741824\n")]);
        assert_eq!(from_files(&large.0), of(512 * MIB));
    }

    #[test]
    fn the_fixed_part_and_the_overhead_are_left() {
        let budget = of(256 * MIB);
        assert!(budget + budget / 3 + MEMORY_FIXED_BYTES <= 256 * MIB + 4 && budget > 128 * MIB);
        assert_eq!(of(0), MEMORY_LEAST_BYTES);
    }
}
