//! The page that shows recovery codes to the browser that submitted the form for them.
//!
//! It is the answer to the form itself, because only hashes of the codes are stored: a redirect to a page
//! of the app couldn't show them. It has no script.

use api::me::two_factor::ShownOnce;
use app::pages::routes::TWO_FACTOR;
use app::theme::Theme;
use axum::extract::Request;
use axum::http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::error_page::{accepts_html, escaped};

const TEMPLATE: &str = include_str!("recovery_codes_page/page.html");

/// Only the app's style and icon.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'",
);

/// Middleware that renders an answer with recovery codes as a page if a browser asks for one.
pub async fn render_for_browsers(request: Request, next: Next) -> Response {
    let theme = accepts_html(request.headers()).then(|| theme_of(request.headers()));
    let response = next.run(request).await;
    let (mut parts, body) = response.into_parts();
    let (Some(ShownOnce(codes)), Some(theme)) = (parts.extensions.remove(), theme) else {
        return Response::from_parts(parts, body);
    };
    parts.headers.remove(CONTENT_LENGTH);
    // The API has compressed the codes.
    parts.headers.remove(CONTENT_ENCODING);
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    parts.headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    Response::from_parts(parts, page(&codes.recovery_codes, theme).into())
}

fn theme_of(headers: &HeaderMap) -> Theme {
    let cookies = headers.get(COOKIE).and_then(|cookies| cookies.to_str().ok());
    Theme::from_cookie_header(cookies.unwrap_or_default())
}

fn page(codes: &[String], theme: Theme) -> String {
    let attribute = theme.name().map(|name| format!(" data-theme=\"{name}\""));
    let items = codes.iter().map(|code| format!("<li><code>{}</code></li>", escaped(code)));
    TEMPLATE
        .replace("{{theme}}", &attribute.unwrap_or_default())
        .replace("{{color-scheme}}", theme.color_scheme())
        .replace("{{next}}", TWO_FACTOR)
        .replace("{{codes}}", &items.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests;
