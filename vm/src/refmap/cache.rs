//! The reference maps of a VM's methods, made when first asked for.

use super::{Method, RefMap, compute};
use crate::meta::{Meta, MethodId};
use std::collections::HashMap;
use std::sync::{Arc, RwLock};

/// Maps that are kept; with more, all are dropped before the next is made.
const MAX_MAPS: usize = 1 << 14;

/// Reference maps by method. They are a cache only: dropping them costs time.
#[derive(Default)]
pub struct RefMaps {
    maps: RwLock<HashMap<MethodId, Arc<RefMap>>>,
}

impl RefMaps {
    /// No maps yet.
    pub fn new() -> RefMaps {
        RefMaps::default()
    }

    /// The map of a method with code.
    ///
    /// # Panics
    /// If the method is not what the verifier accepts, since no collection could be right then.
    pub fn get(&self, meta: &Meta, id: MethodId, method: &Method<'_>) -> Arc<RefMap> {
        if let Some(map) = self.maps.read().unwrap_or_else(|e| e.into_inner()).get(&id) {
            return map.clone();
        }
        let map = Arc::new(compute(method).unwrap_or_else(|e| bad_method(meta, id, e)));
        let mut maps = self.maps.write().unwrap_or_else(|e| e.into_inner());
        if maps.len() >= MAX_MAPS {
            maps.clear();
        }
        maps.insert(id, map.clone());
        map
    }

    /// Forgets the maps of methods that are no more.
    pub fn retain(&self, keep: impl Fn(MethodId) -> bool) {
        self.maps.write().unwrap_or_else(|e| e.into_inner()).retain(|&id, _| keep(id));
    }
}

#[cold]
fn bad_method(meta: &Meta, id: MethodId, error: super::Malformed) -> ! {
    let method = meta.method(id);
    let text = |symbol| classfile::mutf8::to_string_lossy(meta.symbol_bytes(symbol));
    let class = text(meta.class(method.class).name);
    panic!("no reference map of {class}.{}{}: {error}", text(method.name), text(method.descriptor));
}
