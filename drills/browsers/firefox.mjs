// Stock Firefox, driven by WebDriver BiDi.
import { existsSync } from "node:fs";
import puppeteer from "puppeteer-core";
import { cleanUp, folder } from "../support/processes.mjs";

const PROGRAMS = [process.env.FIREFOX, "/usr/bin/firefox-esr", "/usr/bin/firefox"];

/** One process. Each person has a browser context of their own in it. */
export async function firefox(t) {
  const executablePath = PROGRAMS.find((it) => it && existsSync(it));
  if (!executablePath) throw new Error("Firefox is missing: run `scripts/setup drills`");
  const profile = await folder(t);
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath,
    headless: true,
    userDataDir: profile,
    // As root, Firefox refuses a home folder of someone else.
    env: { ...process.env, HOME: profile },
    extraPrefsFirefox: { "intl.accept_languages": "en-GB" },
  });
  cleanUp(t, () => browser.close());
  return {
    version: await browser.version(),
    phoneWidth: 375,
    async openBrowser(t, report) {
      const context = await browser.createBrowserContext();
      cleanUp(t, () => context.close());
      return { openTab: async () => new Tab(await context.newPage(), report) };
    },
  };
}

class Tab {
  #page;

  constructor(page, report) {
    this.#page = page;
    page.on("pageerror", (error) => report(`exception: ${error.message}`));
    page.on("console", (message) => {
      if (["error", "warn"].includes(message.type())) report(`console: ${message.text()}`);
    });
    page.on("response", (response) => {
      if (response.status() < 400) return;
      const { pathname } = new URL(response.url());
      report(`refused: ${response.request().method()} ${pathname} ${response.status()}`);
    });
  }

  async load(url) {
    await this.#page.goto(url, { waitUntil: "domcontentloaded" });
  }

  async back() {
    await this.#page.goBack({ waitUntil: "domcontentloaded" });
  }

  evaluate(source, args) {
    // The page's security policy forbids `eval`, so the function has to be here already.
    const run = new Function("args", `return (${source})(...JSON.parse(args));`);
    return this.#page.evaluate(run, JSON.stringify(args));
  }

  async click(x, y) {
    await this.#page.mouse.click(x, y);
  }

  async type(text) {
    await this.#page.keyboard.type(text);
  }

  async selectAll() {
    await this.#page.keyboard.down("Control");
    await this.#page.keyboard.press("a");
    await this.#page.keyboard.up("Control");
  }

  async resize(width, height) {
    await this.#page.setViewport({ width, height });
  }

  async screenshot(path) {
    await this.#page.screenshot({ path });
  }

  async close() {
    await this.#page.close();
  }
}
