//! Every door of the server on one page: REST, the stream, readiness, pages and files.

use app::{App, shell};
use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any, get};
use contract::NodeId;
use http::{HeaderValue, StatusCode, header};
use leptos::config::LeptosOptions;
use leptos::prelude::{expect_context, provide_context};
use leptos_axum::{LeptosRoutes, ResponseOptions, generate_route_list};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;

use crate::config::Config;
use crate::error_page;
use crate::metrics;
use crate::readiness::{self, Readiness};
use crate::system;
use api::Api;
use api::error::{ApiFailure, write_envelope};
use cdc::HealthReader;
use stream::{self, Streams};

/// The whole server.
pub fn router(
    api: Api,
    streams: Streams,
    health: HealthReader,
    node: NodeId,
    config: &Config,
) -> Router {
    let readiness = Readiness { pool: api.pool.clone(), health, streams: streams.clone() };
    let rest = api::router(api.clone()).merge(system::router(api.clone(), readiness.clone(), node));
    let pages = pages(rest.clone(), config);
    let router = Router::new()
        .merge(rest.layer(compression()))
        .merge(stream::router(streams, api))
        .route("/readyz", get(readiness::readyz).with_state(readiness.clone()))
        .route("/metrics", get(metrics::metrics).with_state(readiness))
        .merge(pages);
    with_request_id(router).layer(SetResponseHeaderLayer::if_not_present(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ))
}

/// Names each request, in the log and in error envelopes.
fn with_request_id(router: Router) -> Router {
    // Else a panic takes the connection with it, and the browser shows its own error.
    let panicked = |_| ApiFailure::internal("it panicked").into_response();
    router
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(write_envelope))
        .layer(middleware::from_fn(error_page::render_for_people))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(TraceLayer::new_for_http())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
}

/// The pages and their files. While a page is rendered, its data comes from `rest` in process.
fn pages(rest: Router, config: &Config) -> Router {
    let options = LeptosOptions::builder()
        .output_name("tributary")
        .site_root(config.site_root.to_string_lossy().into_owned())
        .site_pkg_dir("pkg")
        .site_addr(config.address)
        .reload_port(reload_port())
        .build();
    let rest = with_request_id(rest);
    let context = move || {
        send_content_security_policy();
        provide_transport(&rest);
    };
    let document = {
        let options = options.clone();
        move || shell(options.clone())
    };
    let nothing_here =
        leptos_axum::render_app_async_with_context(context.clone(), document.clone());
    Router::new()
        .leptos_routes_with_context(&options, generate_route_list(App), context, document)
        .layer(cache_control("private, no-cache"))
        .layer(middleware::from_fn(render_to_the_end))
        .fallback_service(files(&options, any(nothing_here)))
        .layer(middleware::from_fn(answer_programs_in_kind))
        .layer(compression())
        .with_state(options)
}

/// The files of the site. Their names stay the same over versions, so a browser asks each time
/// whether it has the newest.
///
/// Leptos has a handler for files too, but while another page is rendered on the same thread it
/// gives a file that page's headers.
fn files(options: &LeptosOptions, nothing_here: MethodRouter) -> Router {
    let files = ServeDir::new(&*options.site_root)
        .precompressed_br()
        .precompressed_gzip()
        .append_index_html_on_directories(false)
        .call_fallback_on_method_not_allowed(true)
        .fallback(nothing_here);
    Router::new()
        .route("/service-worker.js", get(error_page::service_worker))
        .fallback_service(files)
        .layer(cache_control("no-cache"))
}

fn cache_control(policy: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static(policy))
}

/// For pages and answers; streams are never compressed. A release's browser code lies compressed
/// beside the original; a debug build's is too large to be compressed while somebody waits.
fn compression() -> CompressionLayer<impl Predicate> {
    let wasm = NotForContentType::const_new("application/wasm");
    CompressionLayer::new().compress_when(DefaultPredicate::new().and(wasm))
}

fn provide_transport(rest: &Router) {
    let parts = leptos::prelude::use_context::<http::request::Parts>();
    let cookie =
        parts.and_then(|parts| parts.headers.get(header::COOKIE)?.to_str().ok().map(str::to_owned));
    provide_context(client::api::transport::ServerTransport { router: rest.clone(), cookie });
}

/// Only what the server itself wrote may run (ASVS 3.4.3).
fn send_content_security_policy() {
    let Some(nonce) = leptos::nonce::use_nonce() else { return };
    // `cargo leptos watch` tells the page to reload over a socket of its own.
    let reload = match std::env::var_os("LEPTOS_WATCH") {
        Some(_) => format!(" ws://127.0.0.1:{}", reload_port()),
        None => String::new(),
    };
    let policy = format!(
        "default-src 'self'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; \
         worker-src 'self'; connect-src 'self'{reload}; img-src 'self' data:; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'; object-src 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        expect_context::<ResponseOptions>().insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

fn reload_port() -> u32 {
    std::env::var("LEPTOS_RELOAD_PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(3001)
}

/// Renders a page in a task of its own, also when its reader is gone meanwhile: Leptos panics when a
/// page is dropped while other threads work on it.
async fn render_to_the_end(request: Request, next: Next) -> Response {
    let page = tokio::spawn(next.run(request));
    page.await.unwrap_or_else(|error| ApiFailure::internal(error).into_response())
}

/// A program that asks for an address that isn't there gets the error envelope, not a page.
async fn answer_programs_in_kind(request: Request, next: Next) -> Response {
    let is_person = error_page::accepts_html(request.headers());
    let response = next.run(request).await;
    if is_person || response.status() != StatusCode::NOT_FOUND {
        return response;
    }
    ApiFailure::not_found("This page doesn't exist.").into_response()
}

#[cfg(test)]
mod tests;
