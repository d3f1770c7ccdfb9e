import { defineConfig } from "@playwright/test";
import tests from "../playwright.config";

/** Tests of a release build: `make lighthouse`. */
export default defineConfig({
  ...tests,
  testDir: ".",
  globalSetup: "../support/global-set-up",
  testMatch: "*.spec.ts",
  // Anything beside it would make it slower.
  workers: 1,
  timeout: 15 * 60_000,
});
