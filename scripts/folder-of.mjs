// folder-of.mjs NAME: where that crate's source is, by what `cargo metadata` writes to standard input.
import { readFileSync } from "node:fs";
import { dirname } from "node:path";

const { packages } = JSON.parse(readFileSync(0, "utf8"));
console.log(dirname(packages.find(({ name }) => name === process.argv[2]).manifest_path));
