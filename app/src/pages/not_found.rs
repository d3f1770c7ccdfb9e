//! Where nothing is.

use leptos::prelude::*;

use super::door::Door;
use super::error_page::ErrorPage;
use crate::contract::ErrorCode;
use crate::error_text::ErrorText;

/// An address that leads nowhere.
#[component]
pub fn NotFound() -> impl IntoView {
    let text = ErrorText::for_code(ErrorCode::NotFound);
    view! {
        <Door>
            <ErrorPage code=ErrorCode::NotFound title=text.title>
                {text.message}
            </ErrorPage>
        </Door>
    }
    .into_any()
}
