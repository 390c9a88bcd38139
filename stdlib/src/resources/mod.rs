//! What a program has open, when it is saved and when it goes on.
//!
//! [`save`] makes values of it by the declared [`rules`], [`reopen`] makes it anew of these in another process. Neither
//! changes what it finds: saving only looks, also into pipes and directories, so that the program can go on as well; and
//! what was opened for a program that then can not go on is closed again. What the rules do not let pass is listed, all at
//! once, as [`Obstacle`]s; a [`Policy`] lets more pass.

mod files;
mod image;
mod mappings;
mod obstacle;
mod pipes;
mod policy;
mod reopen;
pub mod rules;
mod save;
mod sockets;
#[cfg(test)]
mod tests;
mod waiters;

pub use image::ResourceImage;
pub use obstacle::{InTheWay, Obstacle};
pub use policy::{Policy, PolicyError};
pub use reopen::{Mappings, Reopened, reopen, reopen_untrusted};
pub use rules::{Kind, RULES, Rule};
pub use save::{save, survey};
