//! Checks the SD card: free space, errors, wear.

use super::machine::Machine;

/// Free space in bytes below which a card counts as full: an evening in a full hall writes tens of megabytes.
pub const LEAST_FREE: u64 = 64 * 1024 * 1024;
/// Divisor of a card's size: with less than this part free, a card counts as full.
const LEAST_PART: u64 = 50;
const MB: u64 = 1_000_000;
/// Wear level of eMMC at which it is nearly worn out, in tenths (JEDEC eMMC 5.1, `DEVICE_LIFE_TIME_EST`). Compute Modules have eMMC; SD
/// cards report no wear.
const WORN: u64 = 0x0a;
/// Level of used spare blocks (`PRE_EOL_INFO`): 2 means 80 % used, 3 is urgent.
const SPARE_USED: u64 = 2;

pub fn check(machine: &Machine, found: &mut Vec<String>) {
    if let Some(space) = machine.space
        && space.size > 0
        && (space.free < LEAST_FREE.min(space.size / 10) || space.free < space.size / LEAST_PART)
    {
        found.push(format!(
            "The card is full: {} MB are left. Export what you need, wipe old evenings with `chatterbox wipe`, or use a larger card.",
            space.free / MB
        ));
    }
    mounted(machine, found);
    let damaged: u64 = machine
        .names("sys/fs/ext4")
        .iter()
        .filter_map(|name| machine.number(&format!("sys/fs/ext4/{name}/errors_count")))
        .sum();
    if damaged > 0 {
        found.push(format!(
            "The card's file system has had {damaged} errors: the card is failing. Copy what you need, and put the box on a new card."
        ));
    }
    for disk in machine
        .names("sys/block")
        .iter()
        .filter(|name| name.starts_with("mmcblk"))
    {
        if worn(machine, disk) {
            found.push(format!(
                "The memory of the board ({disk}) is nearly worn out. Copy what you need, and use another board."
            ));
        }
    }
}

/// Checks that the data partition is mounted and writable.
fn mounted(machine: &Machine, found: &mut Vec<String>) {
    let Some(mounts) = machine.text("proc/mounts") else {
        return;
    };
    let data = mounts.lines().rev().find_map(|line| {
        let mut fields = line.split(' ').skip(1);
        (fields.next()? == "/data").then(|| fields.nth(1).unwrap_or_default())
    });
    match data {
        None => found.push(
            "The card's data part is not there: nothing is kept over a restart. Start the box again; if this stays, use a new card.".to_owned(),
        ),
        Some(options) if options.split(',').any(|option| option == "ro") => found.push(
            "The card can't be written any more: nothing new is kept. Start the box again; if this comes back, use a new card.".to_owned(),
        ),
        Some(_) => {}
    }
}

fn worn(machine: &Machine, disk: &str) -> bool {
    let hex = |text: &str| u64::from_str_radix(text.trim_start_matches("0x"), 16).ok();
    let life = machine.text(&format!("sys/block/{disk}/device/life_time"));
    let life = life
        .iter()
        .flat_map(|text| text.split_whitespace())
        .filter_map(hex)
        .max();
    let spare = machine.text(&format!("sys/block/{disk}/device/pre_eol_info"));
    let spare = spare.as_deref().and_then(hex);
    life.is_some_and(|life| life >= WORN) || spare.is_some_and(|spare| spare >= SPARE_USED)
}
