//! The page for unknown addresses.

use leptos::prelude::*;

use super::error_page::ErrorPage;
use super::public_layout::PublicLayout;
use crate::error_text::ErrorText;
use contract::ErrorCode;

/// The 404 page.
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
