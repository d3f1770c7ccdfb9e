// Writes the list of what a release contains (SBOM), as CycloneDX 1.6 JSON:
//   node scripts/sbom.mjs FILE
// The Rust packages of the server and of the browser's code, with licences, checksums and who needs whom;
// packages that only run while it is built, and the npm packages of the build, have the scope "excluded".
// The same source makes the same file.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const [file] = process.argv.slice(2);
if (!file) throw new Error("use `node scripts/sbom.mjs FILE`.");

const wasm = "wasm32-unknown-unknown";

/** What a command prints. */
const output = (program, args) =>
  execFileSync(program, args, { encoding: "utf8", maxBuffer: 1 << 28 });

/**
 * The packages that are compiled for a package of the workspace, on that platform. Those whose code is in
 * the result are `isShipped`; the others are macros, build scripts and what these need.
 */
function tree(root, platform, features) {
  const where = ["--locked", "--features", features];
  const metadata = ["metadata", "--format-version=1", "--filter-platform", platform, ...where];
  const { packages: all, resolve } = JSON.parse(output("cargo", metadata));
  const packages = new Map(all.map((it) => [it.id, it]));
  const nodes = new Map(resolve.nodes.map((it) => [it.id, it]));
  const edges = ["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"];
  const lines = output("cargo", [
    "tree",
    "--package",
    root,
    "--target",
    platform,
    ...where,
    ...edges,
  ]);
  const shipped = new Set(
    Array.from(lines.matchAll(/^(\S+) v(\S+)/gm), ([, ...it]) => it.join("@")),
  );
  const first = all.find((it) => it.name === root && it.source === null).id;
  const found = new Map();
  const visit = (id) => {
    if (found.has(id)) return;
    const compiled = nodes
      .get(id)
      .deps.filter(({ dep_kinds: kinds }) => kinds.some(({ kind }) => kind !== "dev"));
    const needs = compiled.map(({ pkg }) => pkg);
    const { name, version } = packages.get(id);
    const isShipped = shipped.has(`${name}@${version}`);
    found.set(id, { package: packages.get(id), isShipped, needs });
    needs.forEach(visit);
  };
  visit(first);
  return { first, found };
}

const native = output("rustc", ["-vV"]).match(/^host: (.*)$/m)[1];

/** The checksums of Cargo.lock, by name and version. */
function checksums() {
  const lock = readFileSync("Cargo.lock", "utf8");
  const entries = lock.matchAll(/name = "(.+)"\nversion = "(.+)"\nsource = .+\nchecksum = "(.+)"/g);
  return new Map(Array.from(entries, ([, name, version, sum]) => [`${name}@${version}`, sum]));
}

const sums = checksums();

function rustComponent({ package: it, isShipped }) {
  const reference = `pkg:cargo/${it.name}@${it.version}`;
  const sum = sums.get(`${it.name}@${it.version}`);
  // Some packages use `/` as they did before SPDX expressions.
  const license = it.license?.replaceAll("/", " OR ");
  return {
    type: "library",
    "bom-ref": reference,
    name: it.name,
    version: it.version,
    ...(it.description && { description: it.description.replaceAll(/\s+/g, " ").trim() }),
    scope: isShipped ? "required" : "excluded",
    ...(sum && { hashes: [{ alg: "SHA-256", content: sum }] }),
    ...(license && { licenses: [{ expression: license }] }),
    ...(it.source && { purl: reference }),
    ...(it.repository && { externalReferences: [{ type: "vcs", url: it.repository }] }),
  };
}

function npmComponent([path, it]) {
  const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
  const reference = `pkg:npm/${name.replace("@", "%40")}@${it.version}`;
  const [algorithm, sum] = it.integrity?.split("-") ?? [];
  return {
    type: "library",
    "bom-ref": reference,
    name,
    version: it.version,
    scope: "excluded",
    ...(algorithm === "sha512" && {
      hashes: [{ alg: "SHA-512", content: Buffer.from(sum, "base64").toString("hex") }],
    }),
    ...(it.license && { licenses: [{ expression: it.license }] }),
    purl: reference,
  };
}

const trees = [tree("server", native, "app/ssr"), tree("frontend", wasm, "frontend/split")];
const rust = new Map();
const needs = new Map();
for (const { found } of trees) {
  for (const [id, entry] of found) {
    const isShipped = entry.isShipped || rust.get(id)?.isShipped === true;
    rust.set(id, { ...entry, isShipped });
    needs.set(id, new Set([...(needs.get(id) ?? []), ...entry.needs]));
  }
}
const reference = (id) => `pkg:cargo/${rust.get(id).package.name}@${rust.get(id).package.version}`;
const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
const npm = Object.entries(packages).filter(([path]) => path !== "");

const byReference = (a, b) => (a["bom-ref"] < b["bom-ref"] ? -1 : 1);
const unique = (items) => [...new Map(items.map((it) => [it["bom-ref"], it])).values()];
const components = unique([...[...rust.values()].map(rustComponent), ...npm.map(npmComponent)]);
const { version } = rust.get(trees[0].first).package;
const release = `pkg:generic/tributary@${version}`;
const dependencies = [...needs].map(([id, ids]) => ({
  ref: reference(id),
  dependsOn: [...new Set([...ids].map(reference))].sort(),
}));
dependencies.push({ ref: release, dependsOn: trees.map(({ first }) => reference(first)) });

const content = {
  metadata: {
    component: {
      type: "application",
      "bom-ref": release,
      name: "tributary",
      version,
      licenses: [{ expression: "MIT OR Apache-2.0" }],
    },
    properties: [{ name: "platform", value: native }],
  },
  components: components.toSorted(byReference),
  dependencies: dependencies.toSorted((a, b) => (a.ref < b.ref ? -1 : 1)),
};
const digest = createHash("sha256").update(JSON.stringify(content)).digest("hex");
const uuid = digest.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-8$3-8$4-$5");
const bom = {
  $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
  bomFormat: "CycloneDX",
  specVersion: "1.6",
  serialNumber: `urn:uuid:${uuid}`,
  version: 1,
  ...content,
};

const shipped = components.filter((it) => it.scope === "required" && it.purl);
const incomplete = shipped.filter((it) => !it.licenses || !it.hashes).map((it) => it["bom-ref"]);
if (incomplete.length > 0) {
  throw new Error(`without a licence or checksum: ${incomplete.join(", ")}`);
}
writeFileSync(file, `${JSON.stringify(bom, null, 2)}\n`);
console.log(`${file}: ${shipped.length} packages in the release, ${components.length} in all`);
