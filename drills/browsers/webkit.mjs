// WebKitGTK's MiniBrowser on a virtual screen, driven by WebDriver.
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { Builder, Capabilities, Key } from "selenium-webdriver";
import { cleanUp, freePort, start, until } from "../support/processes.mjs";

const binary = process.env.MINIBROWSER || "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";
const SCREEN = "1600x1200x24";

/** A process for each person: a driver has one session at a time, and every session is private. */
export async function webkit(t) {
  const display = await startDisplay(t);
  return {
    // The window can't become narrower, as its toolbar needs this much.
    phoneWidth: 447,
    async openBrowser(t, report) {
      const driver = await startDriver(t, display);
      const first = await driver.getWindowHandle();
      let opened = 0;
      return {
        async openTab() {
          opened += 1;
          if (opened === 1) return new Tab(driver, first, report);
          // Not a tab, which would stay in the background.
          await driver.switchTo().newWindow("window");
          return new Tab(driver, await driver.getWindowHandle(), report);
        },
      };
    },
  };
}

async function startDisplay(t) {
  const args = ["-displayfd", "3", "-screen", "0", SCREEN, "-nolisten", "tcp"];
  const stdio = ["ignore", "pipe", "pipe", "pipe"];
  const screen = start(t, "Xvfb", args, { stdio, lastSignal: "SIGTERM" });
  const number = once(screen.child.stdio[3], "data");
  const ended = screen.end().then(() => {
    throw new Error(`Xvfb: ${screen.output}`);
  });
  const [chunk] = await Promise.race([number, ended]);
  ended.catch(() => {});
  return `:${`${chunk}`.trim()}`;
}

async function startDriver(t, display) {
  const port = await freePort();
  const env = { ...process.env, DISPLAY: display };
  start(t, "WebKitWebDriver", [`--port=${port}`], { env, lastSignal: "SIGTERM" });
  const url = `http://127.0.0.1:${port}`;
  await until("the driver answers", 20, async () => (await fetch(`${url}/status`)).ok);
  const capabilities = new Capabilities();
  capabilities.setBrowserName("MiniBrowser");
  // The script that reports errors is there before the page's own start.
  capabilities.setPageLoadStrategy("eager");
  capabilities.set("webkitgtk:browserOptions", { binary, args: ["--automation"] });
  const driver = await new Builder().usingServer(url).withCapabilities(capabilities).build();
  cleanUp(t, () => driver.quit());
  return driver;
}

/** Keeps the errors of a page until they are taken. WebDriver itself doesn't tell of them. */
const RECORD_ERRORS = `() => {
  if (window.drillErrors) return;
  const errors = [];
  window.drillErrors = errors;
  addEventListener("error", ({ message }) => message && errors.push("exception: " + message));
  addEventListener("unhandledrejection", ({ reason }) => errors.push("exception: " + reason));
  for (const level of ["error", "warn"]) {
    const log = console[level];
    console[level] = (...values) => {
      errors.push("console: " + values.join(" "));
      log.apply(console, values);
    };
  }
}`;

class Tab {
  #driver;
  #handle;
  #report;

  constructor(driver, handle, report) {
    this.#driver = driver;
    this.#handle = handle;
    this.#report = report;
  }

  /** All commands go to the window that was switched to last. */
  async #switchTo() {
    await this.#driver.switchTo().window(this.#handle);
    return this.#driver;
  }

  async load(url) {
    await this.takeErrors();
    await (await this.#switchTo()).get(url);
    await this.evaluate(RECORD_ERRORS, []);
  }

  async back() {
    await this.takeErrors();
    await (await this.#switchTo()).navigate().back();
  }

  async takeErrors() {
    const errors = await this.evaluate("() => window.drillErrors?.splice(0) ?? []", []);
    for (const error of errors) this.#report(error);
  }

  async evaluate(source, args) {
    const driver = await this.#switchTo();
    const run = `return (${source})(...JSON.parse(arguments[0]));`;
    return driver.executeScript(`(${RECORD_ERRORS})(); ${run}`, JSON.stringify(args));
  }

  async click(x, y) {
    await (await this.#switchTo()).actions().move({ x, y, duration: 0 }).click().perform();
  }

  async type(text) {
    await (await this.#switchTo()).actions().sendKeys(text).perform();
  }

  async selectAll() {
    const actions = (await this.#switchTo()).actions();
    await actions.keyDown(Key.CONTROL).sendKeys("a").keyUp(Key.CONTROL).perform();
  }

  /** Sets the size of the page, not of the window around it. */
  async resize(width, height) {
    const window = (await this.#switchTo()).manage().window();
    const around = await this.evaluate(
      "() => [outerWidth - innerWidth, outerHeight - innerHeight]",
      [],
    );
    await window.setRect({ width: width + around[0], height: height + around[1] });
    const size = () => this.evaluate("() => [innerWidth, innerHeight]", []);
    await until(`the window is ${width} wide`, 5, async () => (await size())[0] === width);
  }

  async screenshot(path) {
    await writeFile(path, await (await this.#switchTo()).takeScreenshot(), "base64");
  }

  async close() {
    await this.takeErrors();
    await (await this.#switchTo()).close();
  }
}
