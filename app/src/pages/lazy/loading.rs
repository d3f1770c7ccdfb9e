//! Shows a component whose code may still be loading.

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::SplitLoaderError;

use crate::components::{Skeleton, changing};
use crate::pages::unavailable_page::UnavailablePage;
use client::api;
use client::retry::{self, Backoff};
use contract::{ApiError, ErrorCode};

/// The outcome of loading a chunk.
pub type ChunkResult<T> = Result<T, SplitLoaderError>;

/// A chunk that is being loaded.
pub type ChunkFuture = LocalBoxFuture<'static, ChunkResult<()>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LoadState {
    Loading,
    Failed,
    Loaded,
}

/// Renders the component, at once if its code is there, otherwise as soon as `load` has loaded it.
pub fn show(load: fn() -> ChunkFuture, render: Box<dyn Fn() -> Option<AnyView> + Send>) -> AnyView {
    if matches!(load().now_or_never(), Some(Ok(()))) {
        return render().into_any();
    }
    let state = RwSignal::new(LoadState::Loading);
    load_with_retries(load, state, Backoff::interactive());
    changing(move || match state.get() {
        LoadState::Loading => Skeleton().into_any(),
        LoadState::Failed => {
            let error = ApiError::new(ErrorCode::Unreachable, "The page's code can't be loaded.");
            view! { <UnavailablePage error /> }.into_any()
        }
        LoadState::Loaded => render().into_any(),
    })
}

/// Loads the code, retrying while the server can't be reached. If the server answers but hasn't got
/// the code, it runs another release: reloading the page, whose address is set already, gets that
/// release's code.
fn load_with_retries(load: fn() -> ChunkFuture, state: RwSignal<LoadState>, mut backoff: Backoff) {
    spawn_local(async move {
        let outcome = if load().await.is_ok() { LoadState::Loaded } else { LoadState::Failed };
        if state.try_set(outcome).is_some() || outcome == LoadState::Loaded {
            return;
        }
        match api::me::get().await {
            Err(error) if error.code.is_transient() => {
                let delay = backoff.next_delay();
                retry::schedule(delay, move || load_with_retries(load, state, backoff));
            }
            _ => drop(window().location().reload()),
        }
    });
}
