//! `rvm image info` and `rvm image verify`: files with images.

use std::path::Path;

use clap::{Arg, ArgMatches, Command};
use rvm::{ImageInfo, PortableInfo, SavedProgram, Settings};
use vm::image::{About, ImageKind, id_text};

use super::FAILURE_CODE;

/// `rvm image info`
pub fn info_command() -> Command {
    Command::new("info")
        .about("Show what is in a saved program or another image, and what it is based on")
        .arg(Arg::new("FILE").required(true).help("The image"))
}

/// `rvm image verify`
pub fn verify_command() -> Command {
    Command::new("verify")
        .about(
            "Check all of images, and of those that they are based on, against the hashes in them",
        )
        .long_about(
            "Check all of images, and of those that they are based on, against the hashes in them. The program of a \
             portable image is rebuilt, which checks every class, object and frame, but not run; what is printed behind \
             'state' is the hash of what it is made of, the same on every machine.",
        )
        .arg(Arg::new("FILE").required(true).num_args(1..).help("The images"))
}

fn files(matches: &ArgMatches) -> impl Iterator<Item = &Path> {
    matches.get_many::<String>("FILE").into_iter().flatten().map(Path::new)
}

/// Carries out `rvm image verify`; answers the exit code.
pub fn verify(matches: &ArgMatches) -> i32 {
    let mut code = 0;
    for file in files(matches) {
        if rvm::is_portable(file) {
            match rvm::verify_portable(&Settings::default(), file) {
                Ok(found) => println!("{}: good, state {}", file.display(), found.state),
                Err(error) => {
                    eprintln!("rvm: {error}");
                    code = FAILURE_CODE;
                }
            }
            continue;
        }
        match rvm::verify_image(file) {
            Ok(()) => println!("{}: good", file.display()),
            Err(error) => {
                eprintln!("rvm: {error}");
                code = FAILURE_CODE;
            }
        }
    }
    code
}

/// Carries out `rvm image info`; answers the exit code.
pub fn info(matches: &ArgMatches) -> i32 {
    let mut code = 0;
    for file in files(matches) {
        let shown = match rvm::is_portable(file) {
            true => rvm::portable_info(file).map(|info| show_portable(file, &info)),
            false => rvm::image_info(file).map(|info| show(&info)),
        };
        match shown {
            Ok(()) => {}
            Err(error) => {
                eprintln!("rvm: {error}");
                code = FAILURE_CODE;
            }
        }
    }
    code
}

fn show(info: &ImageInfo) {
    let mut title = "file";
    for about in &info.files {
        row(title, &about.path.display().to_string());
        show_file(about, info);
        if title == "file" {
            match &info.program {
                Some(Ok(program)) => show_program(program),
                Some(Err(reason)) => row("unusable", reason),
                None => {}
            }
        }
        title = "based on";
    }
    if let Some(missing) = &info.missing {
        row("missing", &missing.to_string());
    }
}

fn show_portable(file: &Path, info: &PortableInfo) {
    row("file", &file.display().to_string());
    row("  kind", "a saved program, for any machine");
    row("  size", &format!("{} KiB, unpacked {} KiB", info.file_bytes >> 10, info.bytes >> 10));
    row("  program", &info.command);
    row("  threads", &info.found.threads.to_string());
    row("  classes", &info.found.classes.to_string());
    row("  objects", &info.found.objects.to_string());
    row("  java", &format!("{}, at {}", info.release, info.java_home.display()));
    row("  state", &info.found.state.to_string());
}

fn row(title: &str, text: &str) {
    println!("{title:<9} {text}");
}

fn show_file(about: &About, info: &ImageInfo) {
    row("  image", &id_text(about.id));
    row(
        "  kind",
        match (about.kind, &info.program) {
            (ImageKind::Base, _) => "one that programs begin with",
            (ImageKind::Whole, Some(_)) => "a saved program",
            (ImageKind::Whole, None) => "a saved guest",
        },
    );
    row("  made", &format!("{} by rvm {}", time_text(about.made), about.maker));
    let packed = if about.packed { ", packed" } else { "" };
    let kib = |bytes: u64| bytes >> 10;
    row(
        "  size",
        &format!(
            "{} KiB: pages {} KiB in {} runs, state {} KiB{packed}",
            kib(about.file_bytes),
            kib(about.page_bytes),
            about.runs,
            kib(about.state_bytes)
        ),
    );
}

fn show_program(program: &SavedProgram) {
    row("  program", &program.command);
    row("  threads", &program.threads.to_string());
    row("  memory", &format!("{} KiB", program.guest_bytes >> 10));
    row("  java", &program.java_home.display().to_string());
}

/// Seconds since 1970 as a date and time of day (UTC); H. Hinnant, "chrono-compatible low-level date algorithms".
fn time_text(seconds: u64) -> String {
    let (days, of_day) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

#[cfg(test)]
mod tests {
    use super::time_text;

    #[test]
    fn times() {
        assert_eq!(time_text(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(time_text(951_782_399), "2000-02-28 23:59:59 UTC");
        assert_eq!(time_text(951_782_400), "2000-02-29 00:00:00 UTC");
        assert_eq!(time_text(4_107_542_399), "2100-02-28 23:59:59 UTC");
        assert_eq!(time_text(4_107_542_400), "2100-03-01 00:00:00 UTC");
    }
}
