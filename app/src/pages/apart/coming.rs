//! A page whose code may still be on its way.

use crate::pages::unavailable_page::UnavailablePage;
use futures::FutureExt as _;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::part::Loading;
use crate::components::{Skeleton, changing};
use client::api;
use client::retry::{self, Backoff};
use contract::{ApiError, ErrorCode};

/// What there is of a page's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    Coming,
    OutOfReach,
    Here,
}

/// Shows the page as soon as `load` has got its code; at once, if that is there.
pub(super) fn show(
    load: fn() -> Loading,
    page: Box<dyn Fn() -> Option<AnyView> + Send>,
) -> AnyView {
    // Nothing has to be waited for where the code is there.
    if matches!(load().now_or_never(), Some(Ok(()))) {
        return page().into_any();
    }
    let code = RwSignal::new(Code::Coming);
    get(load, code, Backoff::interactive());
    changing(move || match code.get() {
        Code::Coming => Skeleton().into_any(),
        Code::OutOfReach => {
            let error = ApiError::new(ErrorCode::Unreachable, "The page's code can't be loaded.");
            view! { <UnavailablePage error /> }.into_any()
        }
        Code::Here => page().into_any(),
    })
}

/// Gets the code, however long that takes. Where the server answers but the code can't be had, the
/// server has another release: loading the page, whose address is there already, gets that one.
fn get(load: fn() -> Loading, code: RwSignal<Code>, mut backoff: Backoff) {
    spawn_local(async move {
        let found = if load().await.is_ok() { Code::Here } else { Code::OutOfReach };
        if code.try_set(found).is_some() || found == Code::Here {
            return;
        }
        match api::me::get().await {
            Err(error) if error.code.is_transient() => {
                retry::schedule(backoff.next_delay(), move || get(load, code, backoff));
            }
            _ => drop(window().location().reload()),
        }
    });
}
