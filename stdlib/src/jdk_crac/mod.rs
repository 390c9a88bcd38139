//! `jdk.crac`: programs that have themselves saved ([`crate::checkpoint`]).

use crate::checkpoint::{Job, Obstacle, Refusal, Then};
use crate::java_lang::support::{Leaf, string, text};
use crate::state;
use std::path::PathBuf;
use std::sync::atomic::AtomicU32;
use vm::{Handle, NativeMethod, Ref, Result, Thread, link, object, sync};

/// Table.
pub fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "jdk/crac/impl/Checkpoints" {
            "isResumed" "()Z" => leaf is_resumed;
            "resumedAtMillis" "()J" => leaf resumed_at_millis;
            "arguments" "()[Ljava/lang/String;" => full arguments;
            "isSavable" "()Z" => leaf is_savable;
            "save" "(Ljava/lang/String;IZ)[[Ljava/lang/String;" => full save;
            "nextRequest" "()[Ljava/lang/String;" => full next_request;
            "done" "(Ljava/lang/String;)V" => full done;
        }
    }
}

fn is_resumed(t: &Thread) -> Leaf<bool> {
    Ok(state(t).checkpoints.resumed.is_some())
}

fn resumed_at_millis(t: &Thread) -> Leaf<i64> {
    Ok(state(t).checkpoints.resumed.as_ref().map_or(-1, |resumed| resumed.at_millis))
}

fn arguments(t: &Thread) -> Result<Ref> {
    let resumed = state(t).checkpoints.resumed.as_ref();
    array(t, resumed.map_or(&[], |resumed| &resumed.arguments))
}

fn is_savable(t: &Thread) -> Leaf<bool> {
    Ok(state(t).checkpoints.saver().is_some())
}

/// What the Java side is told: what has happened, and two lists that belong to it.
type Answer = [Vec<String>; 3];

fn save(t: &Thread, file: Handle, then: i32, asked: bool) -> Result<Ref> {
    let file = if t.get(file).is_null() { None } else { Some(PathBuf::from(text(t, file)?)) };
    let then = match then {
        0 => Then::End,
        1 => Then::GoOn,
        _ => Then::Clone,
    };
    let outcome = sync::saving(t, |by| save_from_another_thread(t, file, then, asked, by));
    let words = |list: &[&str]| list.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    let answer: Answer = match outcome {
        None => {
            let resumed = state(t).checkpoints.resumed.as_ref();
            let (main, properties) =
                resumed.map_or_else(Default::default, |r| (r.main.clone(), r.properties.clone()));
            let properties = properties.into_iter().flat_map(|(name, value)| [name, value]);
            [words(&["restored"]), main, properties.collect()]
        }
        Some(Ok(process)) => [vec!["saved".into(), process.to_string()], vec![], vec![]],
        Some(Err(Refusal::Unconfigured)) => [words(&["unconfigured"]), vec![], vec![]],
        Some(Err(Refusal::Obstacles(all))) => {
            let kinds = all.iter().map(|o| o.kind.name().to_owned()).collect();
            [words(&["refused"]), kinds, all.into_iter().map(|o| o.what).collect()]
        }
    };
    array_of_arrays(t, &answer)
}

/// The calling thread stands still meanwhile, as all others of the program do.
fn save_from_another_thread(
    t: &Thread,
    file: Option<PathBuf>,
    then: Then,
    asked: bool,
    by: &AtomicU32,
) -> std::result::Result<u32, Refusal> {
    let checkpoints = &state(t).checkpoints;
    let Some(saver) = checkpoints.saver() else { return Err(Refusal::Unconfigured) };
    let failed = |what: String| Refusal::Obstacles(vec![Obstacle::other(what)]);
    std::thread::scope(|scope| {
        let run = || {
            let mut tell = |text: &str| {
                if asked {
                    checkpoints.answer(Ok(text.into()));
                }
            };
            let options = if asked { checkpoints.options() } else { None };
            saver.save(&mut Job { file, then, by, options, tell: &mut tell })
        };
        let thread = std::thread::Builder::new().name("checkpoint".into());
        match thread.spawn_scoped(scope, run) {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(error) => Err(failed(format!("no thread: {error}"))),
        }
    })
}

fn next_request(t: &Thread) -> Result<Ref> {
    let (file, then) = t.redoing(|| t.blocked(|| state(t).checkpoints.next_request()));
    let words = [file.to_string_lossy().into_owned(), (then as i32).to_string()];
    array(t, &words)
}

fn done(t: &Thread, problem: Handle) -> Result<()> {
    let answer = if t.get(problem).is_null() { Ok(String::new()) } else { Err(text(t, problem)?) };
    state(t).checkpoints.answer(answer);
    Ok(())
}

fn array(t: &Thread, words: &[String]) -> Result<Ref> {
    let vm = t.vm();
    let array = t.handle(object::alloc_ref_array(t, vm.known.string, words.len())?);
    for (i, word) in words.iter().enumerate() {
        let word = string(t, word)?;
        vm.set_element(t.get(array), i, word);
    }
    Ok(t.get(array))
}

fn array_of_arrays(t: &Thread, lists: &[Vec<String>]) -> Result<Ref> {
    let vm = t.vm();
    let row = link::array_class_of(t, vm.known.string)?;
    let rows = t.handle(object::alloc_ref_array(t, row, lists.len())?);
    for (i, list) in lists.iter().enumerate() {
        let list = array(t, list)?;
        vm.set_element(t.get(rows), i, list);
    }
    Ok(t.get(rows))
}
