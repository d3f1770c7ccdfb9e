//! Migrations are compiled in, so a new one means a new server.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
