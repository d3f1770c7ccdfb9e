//! Where nothing is.

use super::error_page::ErrorPage;
use crate::error_text::ErrorText;
use leptos::prelude::*;

use super::public_layout::PublicLayout;
use contract::ErrorCode;

/// An address that leads nowhere.
#[component]
pub fn NotFound() -> impl IntoView {
    let text = ErrorText::for_code(ErrorCode::NotFound);
    view! {
        <PublicLayout>
            <ErrorPage code=ErrorCode::NotFound title=text.title>
                {text.message}
            </ErrorPage>
        </PublicLayout>
    }
    .into_any()
}
