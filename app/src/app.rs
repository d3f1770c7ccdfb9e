//! The document around the app, and which page is where.

use crate::clock::PageClock;
use crate::components::TimeTooltip;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::SsrMode;
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::path;

use crate::pages::apart::{Account, Invitation, Landing, SignIn, SignUp, System};
use crate::pages::{CurrentTab, Home, NotFound, Organization, SignedIn, ToMembers};
use crate::theme::{ChosenTheme, Theme};
use client::effect::effect;

/// The HTML document. Only the server renders it.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let theme = Theme::of_browser();
    let (now, zone) = PageClock::provide().attributes();
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme.name() data-now=now data-zone=zone>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content=theme.color_scheme() />
                <meta
                    name="description"
                    content="Tributary is a workspace for teams that updates live on every screen."
                />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="stylesheet" href="/pkg/tributary.css" />
                <AutoReload options=options.clone() />
                <Start options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// What starts the browser's code. Leptos's own scripts ask for it beside the styles; then the first
/// paint of a page waits for its share of a slow network.
#[component]
fn Start(options: LeptosOptions) -> impl IntoView {
    let start = include_str!("app/start.js").trim_end().trim_end_matches(';');
    let (folder, name) = (&options.site_pkg_dir, &options.output_name);
    let script = format!("({start}\n)(\"/{folder}\", \"{name}\");");
    view! {
        <script type="module" nonce=use_nonce()>
            {script}
        </script>
    }
}

/// The whole app. Every page is rendered with its data, so it can be read before a script runs.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    PageClock::provide();
    ChosenTheme::provide();
    mark_hydrated();
    view! {
        <Title formatter=title />
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/") view=Landing ssr=SsrMode::Async />
                <Route path=path!("/sign-in") view=SignIn ssr=SsrMode::Async />
                <Route path=path!("/sign-up") view=SignUp ssr=SsrMode::Async />
                <Route path=path!("/invitations/:id") view=Invitation ssr=SsrMode::Async />
                <ParentRoute path=path!("") view=SignedIn ssr=SsrMode::Async>
                    <Route path=path!("/home") view=Home />
                    <Route path=path!("/account") view=Account />
                    <Route path=path!("/system") view=System />
                    <ParentRoute path=path!("/o/:slug") view=Organization>
                        <Route path=path!("") view=ToMembers />
                        <Route path=path!(":tab") view=CurrentTab />
                    </ParentRoute>
                </ParentRoute>
            </Routes>
        </Router>
        <TimeTooltip />
    }
}

fn title(page: String) -> String {
    if page.is_empty() { "Tributary".to_owned() } else { format!("{page} · Tributary") }
}

/// Says on the body that buttons do something now. Effects run in the browser only.
fn mark_hydrated() {
    effect(|| {
        if let Some(body) = document().body() {
            // It only fails for a name that can't be an attribute's.
            drop(body.set_attribute("data-hydrated", ""));
        }
    });
}
