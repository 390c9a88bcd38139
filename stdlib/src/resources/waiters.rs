//! What others wait with: selectors, their counters, and watch services.

use super::image::{OpenFile, SavedPath};
use super::obstacle::Obstacle;
use super::reopen::Reopener;
use super::rules::Kind;
use super::save::{Saver, untold};
use crate::host::{EpollChange, Errno, Fd, Resource, ResourceTable};

/// Most numbers of a watch service that are passed over to come to those that were saved.
const MAX_PASSED_OVER: i32 = 1 << 20;

pub(super) fn save_selector(saver: &Saver<'_>, number: i32, fd: &Fd) -> Result<OpenFile, Obstacle> {
    let watches = saver.host.epoll_watches(fd).map_err(untold(Kind::Selector, number, ""))?;
    let mut saved = Vec::new();
    for watch in watches {
        let target = saver.table.iter().find(|(number, _)| u64::from(*number as u32) == watch.data);
        let same = |fd| saver.host.system_number(fd) == watch.descriptor;
        match target {
            Some((target, resource)) if resource.fd().is_ok_and(same) => {
                saved.push((*target, watch.events));
            }
            _ => {
                let reason = "it watches what the program has closed";
                return Err(Obstacle::new(Kind::Selector, Some(number), String::new(), reason));
            }
        }
    }
    Ok(OpenFile::Selector(saved))
}

/// Has a new selector watch what the old one did; `table` is filled.
pub(super) fn watch_again(
    reopener: &Reopener<'_>,
    table: &ResourceTable,
    selector: i32,
    watched: &[(i32, u32)],
) -> Result<(), Errno> {
    let selector = table.get(selector)?;
    for &(number, events) in watched {
        let target = table.get(number)?;
        let change = EpollChange::Add { events, data: u64::from(number as u32) };
        reopener.host.epoll_change(selector.fd()?, target.fd()?, change)?;
    }
    Ok(())
}

pub(super) fn save_counter(saver: &Saver<'_>, number: i32, fd: &Fd) -> Result<OpenFile, Obstacle> {
    let count = saver.host.event_count(fd).map_err(untold(Kind::Counter, number, ""))?;
    Ok(OpenFile::Counter { count, non_blocking: saver.is_non_blocking(fd) })
}

pub(super) fn make_counter(reopener: &Reopener<'_>, count: u64) -> Result<Fd, Errno> {
    let counter = reopener.host.event_counter()?;
    if count > 0 {
        reopener.host.write(&counter, &count.to_ne_bytes())?;
    }
    Ok(counter)
}

pub(super) fn save_watch(
    saver: &Saver<'_>,
    number: i32,
    resource: &Resource,
    fd: &Fd,
) -> Result<OpenFile, Obstacle> {
    if saver.host.is_ready(fd).map_err(untold(Kind::Watch, number, ""))? {
        let reason = "it has events that were not read yet";
        return Err(Obstacle::new(Kind::Watch, Some(number), String::new(), reason));
    }
    let watched = resource.notes.watched();
    let watched = watched.iter().map(|(&n, (path, mask))| {
        let path = saver.dir.join(path);
        let path = saver.policy.rebound(&path).unwrap_or(path);
        (n, SavedPath::from(&*path), *mask)
    });
    Ok(OpenFile::Watch { watched: watched.collect(), non_blocking: saver.is_non_blocking(fd) })
}

/// Makes a watch whose events bear the numbers of the old one. The system counts up, so that those of others are passed over:
/// what it reports of them, the library ignores.
pub(super) fn make_watch(
    reopener: &Reopener<'_>,
    number: i32,
    watched: &[(i32, SavedPath, u32)],
) -> Result<Resource, Obstacle> {
    let host = reopener.host;
    let failed = |path: &SavedPath| {
        let shown = path.path().display().to_string();
        move |error: Errno| {
            Obstacle::new(Kind::Watch, Some(number), shown.clone(), &error.message())
                .unless(format!("--rebind {shown}=NEW"))
        }
    };
    let none = SavedPath::from(std::path::Path::new(""));
    let fd = host.watch().map_err(failed(&none))?;
    let watch = Resource::new(crate::host::ResourceKind::Watch, fd);
    let fd = watch.fd().map_err(failed(&none))?;
    for (wanted, path, mask) in watched {
        let rebound = reopener.policy.rebound(path.path());
        let to = rebound.as_deref().unwrap_or(path.path());
        loop {
            let got = host.add_watch(fd, to, *mask).map_err(failed(path))?;
            if got == *wanted {
                break;
            }
            if got > *wanted || *wanted > MAX_PASSED_OVER {
                return Err(failed(path)(Errno(libc::EOVERFLOW)));
            }
            host.remove_watch(fd, got).map_err(failed(path))?;
        }
        watch.notes.watched().insert(*wanted, (to.into(), *mask));
    }
    Ok(watch)
}
