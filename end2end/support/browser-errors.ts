import { type BrowserContext, expect } from "@playwright/test";

/**
 * A request that the page itself aborted, for example its stream when the tab closes; and one while a test
 * keeps the browser offline, since pages try to connect then too.
 */
const EXPECTED_FAILURES = ["net::ERR_ABORTED", "net::ERR_INTERNET_DISCONNECTED"];

/**
 * Collects errors in browsers that no assertion looks for: exceptions, console warnings and errors
 * (hydration mismatches among them), responses of 4xx and 5xx, and failed requests.
 */
export class BrowserErrors {
  readonly #seen: string[] = [];
  readonly #allowed: RegExp[] = [];

  watch(context: BrowserContext): void {
    context.on("weberror", (error) => this.#seen.push(`exception: ${error.error().message}`));
    context.on("console", (message) => {
      // Chromium repeats each refused request on the console, without its path.
      const isEcho = message.text().startsWith("Failed to load resource");
      if (!isEcho && ["error", "warning"].includes(message.type())) {
        this.#seen.push(`console ${message.type()}: ${message.text()}`);
      }
    });
    context.on("response", (response) => {
      if (response.status() >= 400) {
        const path = new URL(response.url()).pathname;
        this.#seen.push(`refused: ${response.request().method()} ${path} ${response.status()}`);
      }
    });
    context.on("requestfailed", (request) => {
      const reason = request.failure()?.errorText ?? "no reason";
      if (!EXPECTED_FAILURES.includes(reason)) {
        this.#seen.push(`failed: ${request.method()} ${request.url()} ${reason}`);
      }
    });
  }

  /** Ignores errors that match one of the patterns. */
  allow(...patterns: RegExp[]): void {
    this.#allowed.push(...patterns);
  }

  /** Throws when an error occurred that isn't allowed. */
  check(): void {
    const unexpected = this.#seen.filter((it) => !this.#allowed.some((known) => known.test(it)));
    expect(unexpected, "unexpected errors in the browser").toEqual([]);
  }
}
