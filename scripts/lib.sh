# shellcheck shell=bash
# What every script here shares: where things are, which versions, how steps report.
# Sourced, never run.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

# Tools are built once per user and version, and never into the clone.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tributary
# shellcheck disable=SC2034 # for the scripts that source this
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
# Where Cargo.toml tells cargo-leptos to put it.
# shellcheck disable=SC2034 # for the scripts that source this
site=$root/target/site

version=$(sed -n '/^version = /{s/^version = "\(.*\)"$/\1/p;q}' Cargo.toml)
# The folder that a release build ends with.
# shellcheck disable=SC2034 # for the scripts that source this
bundle=$root/target/release-bundle/tributary-$version

cargo_leptos_version=0.3.11
wasm_split_version=0.2.4
cargo_deny_version=0.20.2
# The command must be of exactly the version of the library in the lock file.
wasm_bindgen_version=$(sed -n '/^name = "wasm-bindgen"$/{n;s/^version = "\(.*\)"$/\1/p}' Cargo.lock 2>/dev/null || true)
wasm_bindgen_version=${wasm_bindgen_version:-0.2.130}

# The name says how it was built, so that a slow build of earlier days isn't used.
wasm_bindgen_root=$cache/wasm-bindgen-$wasm_bindgen_version-optimised

wasm=wasm32-unknown-unknown
# The toolchain that scripts/wasm-toolchain makes when rustup's server is out of reach.
debian_toolchain=$cache/rust-web

# Ends the script with one sentence that says what to do.
fail() {
	echo "tributary: $*" >&2
	exit 1
}

# as_root COMMAND...: directly, or with sudo when that needs no password.
as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

has() { command -v "$1" >/dev/null 2>&1; }

# Whether the toolchain in use has a standard library for the browser.
has_wasm_std() {
	compgen -G "$(rustc --print sysroot)/lib/rustlib/$wasm/lib/libstd-*.rlib" >/dev/null
}

# Makes the tools in the cache and in node_modules findable, and picks one
# toolchain for everything: two would compile everything twice.
use_tools() {
	export PATH="$cache/wasm_split_cli_support-$wasm_split_version/bin:$wasm_bindgen_root/bin:$cache/cargo-leptos-$cargo_leptos_version/bin:$cache/cargo-deny-$cargo_deny_version/bin:$root/node_modules/.bin:$PATH"
	if [ -e "$debian_toolchain/ready" ] && ! has_wasm_std; then
		export RUSTUP_TOOLCHAIN=$debian_toolchain/usr
	fi
}

# Debian keeps PostgreSQL's programs off PATH, in a folder per version.
has_postgres() {
	local bin
	for bin in /usr/lib/postgresql/*/bin "$(dirname "$(command -v initdb || echo /none/initdb)")"; do
		[ -x "$bin/initdb" ] && [ -x "$bin/postgres" ] &&
			[ "$("$bin/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')" -ge 14 ] && return
	done
	return 1
}

# first_command NAME...: the path of the first one that is installed.
first_command() {
	local name
	for name in "$@"; do
		[ -n "$name" ] && command -v "$name" && return
	done
	return 1
}

# The full browser, which Lighthouse needs.
find_chromium() {
	first_command "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable
}

# The browser for the Playwright suite. The headless shell is Chromium without a user interface,
# and runs the tests faster.
find_test_browser() {
	first_command "${CHROMIUM:-}" chromium-headless-shell || find_chromium
}

find_firefox() { first_command "${FIREFOX:-}" firefox-esr firefox; }

# The browser of WebKitGTK is beside its library, off PATH.
find_minibrowser() { first_command "${MINIBROWSER:-}" /usr/lib/*/webkit2gtk-4.1/MiniBrowser; }
