//! When not even the first thing that a page needs can be read.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use leptos_router::params::ParamsMap;

use crate::components::RequestId;
use crate::error_text::ErrorText;
use crate::status::answer_with;
use contract::{ApiError, ErrorCode};

/// Says what happened and what happens next. What couldn't be read is read again automatically; the
/// link is for people who don't want to wait, or run no scripts.
#[component]
pub fn UnavailablePage(error: ApiError) -> impl IntoView {
    answer_with(error.code);
    let code = match error.code {
        code @ (ErrorCode::Unreachable | ErrorCode::Unavailable | ErrorCode::TooMany) => code,
        _ => ErrorCode::Internal,
    };
    let ErrorText { title, message } = ErrorText::for_code(code);
    let location = use_location();
    let query = location.query.with_untracked(ParamsMap::to_query_string);
    let here = format!("{}{query}", location.pathname.get_untracked());
    view! {
        <Title text=title />
        <div class="error-page" role="status">
            <h1>{title}</h1>
            <p class="soft">{message}</p>
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
