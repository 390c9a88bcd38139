//! The thread dump at `SIGQUIT`.

use crate::state;
use vm::{Thread, sync};

/// Prints what all threads do on the guest's standard output.
pub(crate) fn print_thread_dump(t: &Thread) {
    let state = state(t);
    let host = &state.host;
    let now = host.wall_clock();
    let mut text = local_time(now.seconds + host.utc_offset_seconds());
    let version = env!("CARGO_PKG_VERSION");
    text += &format!("\nFull thread dump rvm ({version} interpreted mode):\n\n");
    let cpu = |os_id: u32| host.cpu_nanos_of_thread(os_id.into());
    sync::dump::print_threads(t, &cpu, &mut text);
    let Ok(out) = state.resources.get(1) else { return };
    let Ok(fd) = out.fd() else { return };
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        match t.blocked(|| host.write(fd, rest)) {
            Ok(written) if written > 0 => rest = &rest[written..],
            Err(crate::host::Errno::INTR) => {}
            // Nobody is there to be told.
            _ => return,
        }
    }
}

/// `2024-02-29 23:59:07` for seconds since 1970 in local time (the proleptic Gregorian calendar).
fn local_time(seconds: i64) -> String {
    const DAY: i64 = 86_400;
    let (days, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    // Years that begin in March end with the leap day, and repeat after 400.
    const ERA: i64 = 146_097;
    let from_march = days + 719_468;
    let (era, day) = (from_march.div_euclid(ERA), from_march.rem_euclid(ERA));
    let year = (day - day / 1460 + day / 36_524 - day / (ERA - 1)) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) = (day - (153 * month + 2) / 5 + 1, (month + 2) % 12 + 1);
    let year = era * 400 + year + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::local_time;

    #[test]
    fn times() {
        assert_eq!(local_time(0), "1970-01-01 00:00:00");
        assert_eq!(local_time(951_782_400), "2000-02-29 00:00:00");
        assert_eq!(local_time(951_868_799), "2000-02-29 23:59:59");
        assert_eq!(local_time(951_868_800), "2000-03-01 00:00:00");
        assert_eq!(local_time(1_735_689_599), "2024-12-31 23:59:59");
        assert_eq!(local_time(-1), "1969-12-31 23:59:59");
    }
}
