//! When not even the first thing that a page needs can be read.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use leptos_router::params::ParamsMap;

use crate::components::RequestId;
use crate::status::answer_with;
use contract::{ApiError, ErrorCode};

/// Says whose fault it is and what happens next. What couldn't be read is read again by itself; the
/// link is for who doesn't want to wait, or runs no scripts.
#[component]
pub fn OutOfOrder(error: ApiError) -> impl IntoView {
    answer_with(error.code);
    let (title, sentence) = match error.code {
        ErrorCode::Unreachable => (
            "You are offline",
            "Tributary can't be reached. This page loads by itself once you are back.",
        ),
        ErrorCode::Unavailable | ErrorCode::TooMany => (
            "Tributary can't answer right now",
            "That isn't your doing, and nothing that you saved is lost. This page loads by itself as \
             soon as it works again.",
        ),
        _ => (
            "Something went wrong on our side",
            "Nothing that you saved is lost. This page tries again by itself. If that doesn't help, \
             tell whoever runs Tributary for you, with the number of the request.",
        ),
    };
    let location = use_location();
    let query = location.query.with_untracked(ParamsMap::to_query_string);
    let here = format!("{}{query}", location.pathname.get_untracked());
    view! {
        <Title text=title />
        <div class="out-of-order" role="status">
            <h1>{title}</h1>
            <p class="soft">{sentence}</p>
            <p>
                <a class="button button--primary" rel="external" href=here>
                    "Try again"
                </a>
            </p>
            <p class="faint">
                <RequestId id=error.request_id />
            </p>
        </div>
    }
    .into_any()
}
