//! Power and heat, as the Pi's firmware tells them.

use super::Machine;

/// Bits of `get_throttled` (Raspberry Pi documentation, "vcgencmd"): now, and since the start 16 bits higher.
const LOW_VOLTAGE: u64 = 1;
const CAPPED: u64 = 1 << 1;
const THROTTLED: u64 = 1 << 2;
const HOT: u64 = 1 << 3;
const SINCE_START: u32 = 16;
/// From here on the firmware slows the board down, in thousandths of a degree.
const TOO_HOT: u64 = 80_000;

pub fn check(machine: &Machine, found: &mut Vec<String>) {
    let bits = machine
        .text("sys/devices/platform/soc/soc:firmware/get_throttled")
        .and_then(|text| u64::from_str_radix(text.trim_start_matches("0x"), 16).ok())
        .unwrap_or(0);
    let alarm = machine.names("sys/class/hwmon").iter().any(|name| {
        let of = |file: &str| format!("sys/class/hwmon/{name}/{file}");
        machine.text(&of("name")).as_deref() == Some("rpi_volt") && machine.number(&of("in0_lcrit_alarm")) == Some(1)
    });
    let ever = bits | bits >> SINCE_START;
    let hot = machine
        .names("sys/class/thermal")
        .iter()
        .filter_map(|name| machine.number(&format!("sys/class/thermal/{name}/temp")))
        .any(|temp| temp >= TOO_HOT);
    if alarm || ever & LOW_VOLTAGE != 0 {
        found.push(
            "The power supply is too weak: the voltage was too low. Use the one that was made for this board, with a short thick cable.".to_owned(),
        );
    }
    if hot || ever & HOT != 0 {
        found.push(
            "The board is too hot and has been slowed down. Give it air, or a heat sink, out of the sun.".to_owned(),
        );
    } else if ever & (CAPPED | THROTTLED) != 0 && ever & LOW_VOLTAGE == 0 {
        found.push("The board has been slowed down. Check its power supply, and give it air.".to_owned());
    }
}
