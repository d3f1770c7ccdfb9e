//! A page that is shown while the data that a page needs first can't be read.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use leptos_router::params::ParamsMap;

use crate::components::RequestId;
use crate::error_text::ErrorText;
use crate::status::set_status;
use contract::{ApiError, ErrorCode};

/// The error. The data is fetched again automatically; the link is for people who don't want to wait,
/// and for browsers without scripts.
#[component]
pub fn UnavailablePage(error: ApiError) -> impl IntoView {
    set_status(error.code);
    let code = match error.code {
        code @ (ErrorCode::Unreachable | ErrorCode::Unavailable | ErrorCode::TooMany) => code,
        _ => ErrorCode::Internal,
    };
    let ErrorText { title, message } = ErrorText::for_code(code);
    let location = use_location();
    let query = location.query.with_untracked(ParamsMap::to_query_string);
    let address = format!("{}{query}", location.pathname.get_untracked());
    view! {
        <Title text=title />
        <div class="error-page" role="status">
            <h1>{title}</h1>
            <p class="text-muted">{message}</p>
            <p>
                <a class="button button--primary" rel="external" href=address>
                    "Try again"
                </a>
            </p>
            <p class="text-subtle">
                <RequestId id=error.request_id />
            </p>
        </div>
    }
    .into_any()
}
