//! The heap against a stand-in for the VM.

mod checker;
mod dense;
mod handles;
mod limits;
mod model;
mod moving;
mod references;
mod world;
