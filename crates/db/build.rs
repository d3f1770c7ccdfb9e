//! Migrations are compiled into the server, so a new one requires a rebuild.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
