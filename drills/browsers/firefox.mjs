// Stock Firefox, driven by WebDriver BiDi.
import puppeteer from "puppeteer-core";
import { cleanUp, folder } from "../support/processes.mjs";

const executablePath = process.env.FIREFOX || "/usr/bin/firefox-esr";

/** One process. Each person has a browser context of their own in it. */
export async function firefox(t) {
  const profile = await folder(t);
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath,
    headless: true,
    userDataDir: profile,
    // As root, Firefox refuses a home folder of someone else.
    env: { ...process.env, HOME: profile },
    extraPrefsFirefox: {
      "intl.accept_languages": "en-GB",
      // It connects to the server under test and to nothing else.
      "network.dns.disabled": true,
    },
  });
  cleanUp(t, () => browser.close());
  return {
    phoneWidth: 375,
    async openBrowser(t, report) {
      const context = await browser.createBrowserContext();
      cleanUp(t, () => context.close());
      // A window each, as a tab in the background runs slowly.
      const openTab = async () => new Tab(await context.newPage({ type: "window" }), report);
      return { openTab };
    },
  };
}

/** Firefox's own message about each `EventSource` that is open when its page is left. The page can't avoid it. */
const INTERRUPTED_STREAM =
  /^The connection to \S+\/stream\?\S+ was interrupted while the page was loading\.$/;

class Tab {
  #page;

  constructor(page, report) {
    this.#page = page;
    page.on("pageerror", (error) => {
      if (!INTERRUPTED_STREAM.test(error.message)) report(`exception: ${error.message}`);
    });
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
    try {
      await this.#page.setViewport({ width, height });
    } catch (error) {
      // The library also sets the orientation, which Firefox ESR 140 doesn't know. The size was set before.
      if (!error.message.includes("emulation.setScreenOrientationOverride")) throw error;
    }
    while ((await this.#page.evaluate(() => innerWidth)) !== width) {
      await this.#page.evaluate(() => new Promise(requestAnimationFrame));
    }
  }

  async screenshot(path) {
    await this.#page.screenshot({ path });
  }

  async close() {
    await this.#page.close();
  }
}
