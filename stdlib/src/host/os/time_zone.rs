//! The name of the local time zone.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::host::TimeZoneSource;

/// Where the files live; tests use others.
struct Places {
    timezone: PathBuf,
    localtime: PathBuf,
    zoneinfo: PathBuf,
}

pub(super) fn local(source: TimeZoneSource) -> Option<String> {
    let places = Places {
        timezone: "/etc/timezone".into(),
        localtime: "/etc/localtime".into(),
        zoneinfo: "/usr/share/zoneinfo".into(),
    };
    let variable = env::var("TZ").ok();
    of_variable(variable.as_deref()).or_else(|| places.find(source))
}

/// What the variable `TZ` says. It is not checked: Java takes a name that it does not know as GMT.
fn of_variable(value: Option<&str>) -> Option<String> {
    let value = value.filter(|value| !value.is_empty())?;
    let value = value.strip_prefix(':').unwrap_or(value);
    Some(value.strip_prefix("posix/").unwrap_or(value).to_owned())
}

impl Places {
    fn find(&self, source: TimeZoneSource) -> Option<String> {
        let from_file = match source {
            TimeZoneSource::TimezoneFile => fs::read_to_string(&self.timezone).ok(),
            TimeZoneSource::LocaltimeOnly => None,
        };
        let name =
            from_file.and_then(|text| text.lines().next().map(|line| line.trim().to_owned()));
        name.filter(|name| !name.is_empty()).or_else(|| self.of_localtime())
    }

    /// The zone of `/etc/localtime`: by its name if it is a link into the database, by its content if it is a copy.
    fn of_localtime(&self) -> Option<String> {
        if let Ok(target) = fs::read_link(&self.localtime) {
            let target = target.to_str()?;
            if let Some((_, name)) = target.split_once("zoneinfo/") {
                return Some(name.to_owned());
            }
        }
        let content = fs::read(&self.localtime).ok()?;
        // Many zones have equal content; the plain names are the ones to be preferred.
        let popular = ["UTC", "GMT"]
            .into_iter()
            .find(|name| self.is_zone(&self.zoneinfo.join(name), &content));
        popular.map(str::to_owned).or_else(|| self.search(&self.zoneinfo, &content))
    }

    /// The first zone in a directory and those below it, in the file system's order, with this content.
    fn search(&self, dir: &Path, content: &[u8]) -> Option<String> {
        for entry in fs::read_dir(dir).ok()?.flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            // These are no names of zones.
            let skipped = ["ROC", "posixrules", "localtime"].iter().any(|other| name == *other);
            if skipped || name.to_str().is_none_or(|name| name.starts_with('.')) {
                continue;
            }
            let is_real_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let found = match is_real_dir {
                true => self.search(&path, content),
                false if self.is_zone(&path, content) => {
                    path.strip_prefix(&self.zoneinfo).ok()?.to_str().map(str::to_owned)
                }
                false => None,
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }

    fn is_zone(&self, path: &Path, content: &[u8]) -> bool {
        // The length first: most of the thousand files are not read.
        let same_length = fs::metadata(path)
            .is_ok_and(|data| data.is_file() && data.len() == content.len() as u64);
        same_length && fs::read(path).is_ok_and(|bytes| bytes == content)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::host::scratch::ScratchDir;

    #[test]
    fn variable() {
        assert_eq!(of_variable(None), None);
        assert_eq!(of_variable(Some("")), None);
        assert_eq!(of_variable(Some(":Europe/Paris")).as_deref(), Some("Europe/Paris"));
        assert_eq!(of_variable(Some("posix/Asia/Tokyo")).as_deref(), Some("Asia/Tokyo"));
    }

    #[test]
    fn files() {
        let scratch = ScratchDir::new();
        let places = Places {
            timezone: scratch.join("timezone"),
            localtime: scratch.join("localtime"),
            zoneinfo: scratch.join("zoneinfo"),
        };
        fs::create_dir_all(scratch.join("zoneinfo/Europe")).expect("mkdir");
        fs::write(scratch.join("zoneinfo/Europe/Paris"), "paris").expect("write");
        fs::write(scratch.join("zoneinfo/posixrules"), "paris").expect("write");
        fs::write(scratch.join("zoneinfo/Zulu"), "utc").expect("write");
        fs::write(scratch.join("zoneinfo/UTC"), "utc").expect("write");
        let find = |source| places.find(source);
        assert_eq!(find(TimeZoneSource::TimezoneFile), None);
        fs::write(&places.localtime, "paris").expect("write");
        assert_eq!(find(TimeZoneSource::LocaltimeOnly).as_deref(), Some("Europe/Paris"));
        fs::write(&places.localtime, "utc").expect("write");
        assert_eq!(find(TimeZoneSource::LocaltimeOnly).as_deref(), Some("UTC"));
        fs::write(&places.localtime, "other").expect("write");
        assert_eq!(find(TimeZoneSource::LocaltimeOnly), None);
        fs::remove_file(&places.localtime).expect("remove");
        symlink("../usr/share/zoneinfo/Asia/Tokyo", &places.localtime).expect("symlink");
        assert_eq!(find(TimeZoneSource::TimezoneFile).as_deref(), Some("Asia/Tokyo"));
        fs::write(&places.timezone, "America/Lima\n").expect("write");
        assert_eq!(find(TimeZoneSource::TimezoneFile).as_deref(), Some("America/Lima"));
        assert_eq!(find(TimeZoneSource::LocaltimeOnly).as_deref(), Some("Asia/Tokyo"));
    }
}
