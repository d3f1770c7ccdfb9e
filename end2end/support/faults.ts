import { type BrowserContext, expect } from "@playwright/test";

/**
 * What goes wrong in browsers while a test looks elsewhere: exceptions, warnings and errors on
 * the console (hydration's among them), refused and failed requests.
 */
export class Faults {
  readonly #seen: string[] = [];
  readonly #expected: RegExp[] = [];

  watch(context: BrowserContext): void {
    context.on("weberror", (error) => this.#seen.push(`exception: ${error.error().message}`));
    context.on("console", (message) => {
      // Chromium's own word on a refused request; it is in the list already, with its path.
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
      // The page itself gave it up, for example its stream when the tab is closed.
      if (reason !== "net::ERR_ABORTED") {
        this.#seen.push(`failed: ${request.method()} ${request.url()} ${reason}`);
      }
    });
  }

  /** What matches belongs to the test. */
  expect(...patterns: RegExp[]): void {
    this.#expected.push(...patterns);
  }

  /** Fails when something happened that the test didn't expect. */
  check(): void {
    const surprises = this.#seen.filter((it) => !this.#expected.some((known) => known.test(it)));
    expect(surprises, "what went wrong in the browser").toEqual([]);
  }
}
