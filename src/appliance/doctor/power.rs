//! Checks voltage and temperature as mainline Linux reports them. Debian's kernel reports only the temperature: it lacks the voltage driver
//! (`SENSORS_RASPBERRYPI_HWMON`), and `vcgencmd` needs a device that only Raspberry Pi's own kernel has.

use super::machine::Machine;

/// Temperature at which the firmware throttles the board, in thousandths of a degree Celsius.
const TOO_HOT: u64 = 80_000;

pub fn check(machine: &Machine, found: &mut Vec<String>) {
    let alarm = machine.names("sys/class/hwmon").iter().any(|name| {
        let of = |file: &str| format!("sys/class/hwmon/{name}/{file}");
        machine.text(&of("name")).as_deref() == Some("rpi_volt") && machine.number(&of("in0_lcrit_alarm")) == Some(1)
    });
    let hot = machine
        .names("sys/class/thermal")
        .iter()
        .filter_map(|name| machine.number(&format!("sys/class/thermal/{name}/temp")))
        .any(|temp| temp >= TOO_HOT);
    if alarm {
        found.push(
            "The power supply is too weak: the voltage was too low. Use the one that was made for this board, with a short thick cable.".to_owned(),
        );
    }
    if hot {
        found.push("The board is too hot and is slowed down. Give it air, or a heat sink, out of the sun.".to_owned());
    }
}
