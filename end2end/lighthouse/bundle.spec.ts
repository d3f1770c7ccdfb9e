//! The folder that `make release` ends with; see docs/operations.md.
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "../support/fixtures";
import { waitUntilHydrated } from "../support/locators";
import { Server } from "../support/server";

test("a release starts from any working directory without settings", async ({ page }) => {
  // The server is started with this environment.
  expect(process.env.LEPTOS_SITE_ROOT).toBeUndefined();
  const server = await Server.start({}, "/");
  try {
    await page.goto(server.url);
    await waitUntilHydrated(page);
  } finally {
    await server.stop();
  }
});

test("a release lists what it contains", async () => {
  const bundle = dirname(process.env.TRIBUTARY_BIN ?? "");
  const list = JSON.parse(await readFile(join(bundle, "sbom.cdx.json"), "utf8"));
  expect(list.bomFormat).toBe("CycloneDX");
  const scopes = new Map(list.components.map((it: Component) => [it.name, it.scope]));
  for (const name of ["sqlx", "axum", "leptos", "wasm-bindgen"]) {
    expect(scopes.get(name), name).toBe("required");
  }
  for (const name of ["serde_derive", "@playwright/test"]) {
    expect(scopes.get(name), name).toBe("excluded");
  }
});

interface Component {
  name: string;
  scope: string;
}
