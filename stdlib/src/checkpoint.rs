//! Programs that are saved at their own wish, or after they have been told: what the natives of `jdk.crac` and whoever
//! can save the program (`rvm`) say to each other.

use crate::image_state;
use crate::resources::{self, Kind};
use std::any::Any;
use std::path::PathBuf;
use std::sync::atomic::AtomicU32;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use vm::{Result, Thread, Vm, call, link};

/// What becomes of the process when its program is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It ends.
    End,
    /// Its program goes on.
    GoOn,
    /// As before, and a new process goes on with what was saved.
    Clone,
}

/// What is to be saved and where to.
pub struct Job<'a> {
    /// The file; `None`: where the command line says, or for a clone nowhere.
    pub file: Option<PathBuf>,
    /// What comes then.
    pub then: Then,
    /// Gets the id of the attached thread that saves the program, before it does.
    pub by: &'a AtomicU32,
    /// What [`Checkpoints::ask`] was given for the saver.
    pub options: Option<Options>,
    /// To be called when the program is safely saved, before the process ends, with what there is to say of it.
    pub tell: &'a mut dyn FnMut(&str),
}

/// Saves the program of a process.
pub trait Saver: Send + Sync {
    /// Does it, on a thread that has nothing to do with the guest before. Answers the number of the clone's process, or 1.
    ///
    /// # Errors
    /// With what stands in the way; the program goes on then.
    fn save(&self, job: &mut Job<'_>) -> std::result::Result<u32, Refusal>;
}

/// Why a program was not saved.
#[derive(Debug)]
pub enum Refusal {
    /// Nobody has said where to.
    Unconfigured,
    /// These stand in the way.
    Obstacles(Vec<Obstacle>),
}

/// What stands in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// Of which kind.
    pub kind: ObstacleKind,
    /// In words.
    pub what: String,
}

impl Obstacle {
    /// One of no special kind.
    #[must_use]
    pub fn other(what: String) -> Obstacle {
        Obstacle { kind: ObstacleKind::Other, what }
    }
}

/// Kinds of obstacles, each with an exception of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObstacleKind {
    /// An open file or directory.
    File,
    /// An open socket.
    Socket,
    /// Whatever else.
    Other,
}

impl ObstacleKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            ObstacleKind::File => "file",
            ObstacleKind::Socket => "socket",
            ObstacleKind::Other => "other",
        }
    }
}

/// How a process came to go on with a program that was saved.
#[derive(Debug, Clone, Default)]
pub struct Resumed {
    /// A class whose `main` is to be called where the program goes on, and its arguments.
    pub main: Vec<String>,
    /// What the program can ask for as its new arguments.
    pub arguments: Vec<String>,
    /// Properties to set before anybody is told.
    pub properties: Vec<(String, String)>,
    /// When, in milliseconds since 1970.
    pub at_millis: i64,
}

/// How a program is to be saved: between whoever asks for it and the saver.
pub type Options = Box<dyn Any + Send>;

/// Whoever wants to hear how a request from outside has ended, and if well, what there is to say of it.
pub type Answer = Box<dyn FnOnce(std::result::Result<String, String>) + Send>;

#[derive(Default)]
struct Requests {
    next: Option<(PathBuf, Then)>,
    options: Option<Options>,
    /// For the request that is under way or next.
    answer: Option<Answer>,
}

/// A guest's part of it.
#[derive(Default)]
pub struct Checkpoints {
    /// Set if this process goes on with a program that another one has saved.
    pub resumed: Option<Resumed>,
    saver: OnceLock<Box<dyn Saver>>,
    requests: Mutex<Requests>,
    arrived: Condvar,
}

impl Checkpoints {
    /// Who can save the program.
    pub fn saver(&self) -> Option<&dyn Saver> {
        self.saver.get().map(AsRef::as_ref)
    }

    /// Makes the program one that can be saved; the first call counts.
    pub fn set_saver(&self, saver: Box<dyn Saver>) {
        // There is one program, and one way to save it.
        let _ = self.saver.set(saver);
    }

    fn requests(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the program's own thread for it to save the program; false if it is at it already. `answer` hears how it ended;
    /// if the process is to end, before that.
    pub fn ask(&self, file: PathBuf, then: Then, options: Options, answer: Answer) -> bool {
        let mut requests = self.requests();
        if requests.answer.is_some() {
            return false;
        }
        *requests =
            Requests { next: Some((file, then)), options: Some(options), answer: Some(answer) };
        self.arrived.notify_all();
        true
    }

    /// Waits for a request.
    pub(crate) fn next_request(&self) -> (PathBuf, Then) {
        let mut requests = self.requests();
        loop {
            if let Some(next) = requests.next.take() {
                return next;
            }
            requests = self.arrived.wait(requests).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// How the saver is to carry out the request, once.
    pub(crate) fn options(&self) -> Option<Options> {
        self.requests().options.take()
    }

    /// Answers who has asked, once.
    pub(crate) fn answer(&self, result: std::result::Result<String, String>) {
        let answer = self.requests().answer.take();
        if let Some(answer) = answer {
            answer(result);
        }
    }
}

/// Whether the guest has resources that want to be told before it is saved.
pub fn wants_to_be_told(t: &Thread) -> bool {
    let Some(class) = image_state::initialised(t, "jdk/crac/impl/Checkpoints") else {
        return false;
    };
    let vm = t.vm();
    let listens = link::view::find_field_by_name(&vm.meta, class, vm.symbol("listens"));
    listens.is_some_and(|field| vm.get_u8(vm.mirror(class), field.offset) != 0)
}

impl From<&resources::Obstacle> for Obstacle {
    fn from(obstacle: &resources::Obstacle) -> Obstacle {
        let kind = match obstacle.kind {
            Kind::File | Kind::Directory | Kind::Device | Kind::Lock | Kind::Mapping => {
                ObstacleKind::File
            }
            Kind::Listener
            | Kind::Socket
            | Kind::Datagrams
            | Kind::Connection
            | Kind::SocketPair => ObstacleKind::Socket,
            _ => ObstacleKind::Other,
        };
        Obstacle { kind, what: obstacle.to_string() }
    }
}

/// Gives a program that goes on in another process that one's environment variables; before any other thread runs.
///
/// # Errors
/// Those of the library's own code.
pub fn rejoin(t: &Thread) -> Result<()> {
    t.scope(|| {
        // The map that `System.getenv` reads is made by the initialiser: it makes another one.
        let Some(class) = image_state::initialised(t, "java/lang/ProcessEnvironment") else {
            return Ok(());
        };
        let initialiser = call::method(t, class, "<clinit>", "()V")?;
        call::call(t, initialiser, &[])?;
        Ok(())
    })
}

/// The state of a VM's checkpoints.
pub fn of(vm: &Vm) -> &Checkpoints {
    &crate::state::state_of(vm).checkpoints
}
