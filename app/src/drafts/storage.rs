//! The browser's storage, which its tabs share. The server has none, and neither has a browser whose
//! storage is turned off.

#[cfg(feature = "hydrate")]
mod browser {
    use leptos::prelude::window;
    use leptos::web_sys::Storage;

    pub fn get(key: &str) -> Option<String> {
        storage()?.get_item(key).ok().flatten()
    }

    pub fn set(key: &str, text: &str) {
        if let Some(storage) = storage() {
            // It fails if the storage is full; the text is still in its form then.
            drop(storage.set_item(key, text));
        }
    }

    pub fn remove(key: &str) {
        if let Some(storage) = storage() {
            // It never fails.
            drop(storage.remove_item(key));
        }
    }

    pub fn keys(prefix: &str) -> Vec<String> {
        let Some(storage) = storage() else { return Vec::new() };
        let count = storage.length().unwrap_or_default();
        let keys = (0..count).filter_map(|index| storage.key(index).ok().flatten());
        keys.filter(|key| key.starts_with(prefix)).collect()
    }

    fn storage() -> Option<Storage> {
        window().local_storage().ok().flatten()
    }
}

#[cfg(not(feature = "hydrate"))]
mod browser {
    pub const fn get(_: &str) -> Option<String> {
        None
    }

    pub const fn set(_: &str, _: &str) {}

    pub const fn remove(_: &str) {}

    pub const fn keys(_: &str) -> Vec<String> {
        Vec::new()
    }
}

pub(super) use browser::{get, keys, remove, set};
