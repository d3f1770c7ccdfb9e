// What a person sees and does in one tab. Elements are found by role and accessible name.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { until } from "../support/processes.mjs";

const library = await readFile(
  createRequire(import.meta.url).resolve(
    "@testing-library/dom/dist/@testing-library/dom.umd.min.js",
  ),
  "utf8",
);

/** Changes by others are on the screen within this many seconds, also of a busy machine. */
const SECONDS = 10;

/**
 * The elements of a role, such as "button", with an accessible name: a text, or a pattern. Those inside of
 * others follow them in the list, as in `[...role("region", "General"), ...role("textbox", "Name")]`.
 */
export function role(role, name, options = {}) {
  return [{ role, name: transferable(name), ...options }];
}

/** The field with this label; a password has no role. */
export function label(text) {
  return [{ label: text }];
}

function transferable(name) {
  return name instanceof RegExp ? { pattern: name.source, flags: name.flags } : name;
}

const FIND = `(steps) => {
  const { within } = TestingLibraryDom;
  const nameOf = (name) => (name?.pattern ? new RegExp(name.pattern, name.flags) : name);
  const find = (root, { role, name, label, level }) =>
    label
      ? within(root).queryAllByLabelText(label)
      : within(root).queryAllByRole(role, { name: nameOf(name), level });
  return steps.reduce((roots, step) => roots.flatMap((it) => find(it, step)), [document.body]);
}`;

export class Screen {
  #tab;

  constructor(tab, origin) {
    this.#tab = tab;
    this.origin = origin;
  }

  /** Runs a function, given as its source, in the page. Values are passed as JSON. */
  evaluate(source, ...args) {
    return this.#tab.evaluate(source, args);
  }

  /** Loads a page of the site; scripts may not have run yet. */
  async load(path) {
    await this.#tab.load(this.origin + path);
  }

  /** Loads a page and waits until it reacts to input and receives changes. */
  async visit(path) {
    await this.load(path);
    await this.waitUntilLive();
  }

  async waitUntilHydrated() {
    const hydrated = () => this.#tab.evaluate("() => 'hydrated' in document.body.dataset", []);
    await until("the page is hydrated", 30, hydrated);
  }

  async waitUntilLive(seconds = 30) {
    await this.waitUntilHydrated();
    await this.sees(role("status", "Connection"), "Live", seconds);
  }

  /** Waits until the address has this path, exactly or as the pattern says. */
  async isAt(path, seconds = SECONDS) {
    const matches = async () => {
      const { href } = await this.#tab.evaluate("() => ({ href: location.href })", []);
      const found = href.replace(this.origin, "");
      return typeof path === "string" ? found === path : path.test(found);
    };
    await until(`the address is ${path}`, seconds, matches);
  }

  /** Runs a function on the elements that are found, with more arguments. */
  async on(locator, source, ...args) {
    const present = await this.#tab.evaluate("() => 'TestingLibraryDom' in window", []);
    if (!present) await this.#tab.evaluate(`() => { ${library} }`, []);
    const run = `(steps, ...args) => (${source})((${FIND})(steps), ...args)`;
    return this.#tab.evaluate(run, [locator, ...args]);
  }

  /** The texts of the elements that are found, as they are shown. */
  texts(locator) {
    return this.on(locator, "(found) => found.map((it) => it.innerText.trim())");
  }

  /** Waits until there is such an element, with this text or one that contains the pattern. */
  async sees(locator, text = /^/, seconds = SECONDS) {
    let last;
    const matches = (it) => (typeof text === "string" ? it === text : text.test(it));
    const found = async () => {
      last = await this.texts(locator);
      return last.some(matches);
    };
    await until(describe(locator, text), seconds, found).catch((error) => {
      error.message += `; found: ${JSON.stringify(last)}`;
      throw error;
    });
  }

  /** Waits until there is no such element. */
  async seesNo(locator, seconds = SECONDS) {
    const none = async () => (await this.texts(locator)).length === 0;
    await until(`no ${describe(locator)}`, seconds, none);
  }

  /** The values of the fields that are found. */
  values(locator) {
    return this.on(locator, "(found) => found.map((it) => it.value)");
  }

  /** Clicks on the middle of the only such element, as soon as nothing covers it and it doesn't move. */
  async click(locator) {
    let previous;
    const point = await until(`${describe(locator)} can be clicked`, SECONDS, async () => {
      const found = await this.on(locator, CLICK_POINT);
      const isStill = previous && found.x === previous.x && found.y === previous.y;
      previous = found;
      return isStill && found;
    });
    await this.#tab.click(point.x, point.y);
  }

  /** Replaces the text of a field. */
  async fill(locator, text) {
    await this.click(locator);
    await this.#tab.selectAll();
    await this.#tab.type(text);
    const filled = async () => (await this.values(locator))[0] === text;
    await until(`${describe(locator)} contains ${text}`, SECONDS, filled);
  }

  /** Chooses from a list by typing, since its options are outside of the page. */
  async choose(locator, option) {
    await this.on(locator, "([list]) => list.focus()");
    const shown = () => this.on(locator, "([list]) => list.selectedOptions[0].label");
    const choose = async () => {
      if ((await shown()) === option) return true;
      await this.#tab.type(option);
      // A list takes letters that follow within a second for the same word.
      await new Promise((resolve) => setTimeout(resolve, 1200));
      return (await shown()) === option;
    };
    await until(`${describe(locator)} is ${option}`, SECONDS, choose);
  }

  async back() {
    await this.#tab.back();
  }

  async resize(width, height) {
    await this.#tab.resize(width, height);
  }

  /** Waits until the page was painted as it is now. */
  async waitUntilPainted() {
    await this.evaluate(COUNT_FRAMES);
    await until("the page is painted", SECONDS, () => this.evaluate("() => drillFrames > 2"));
  }

  async screenshot(path) {
    await this.#tab.screenshot(path);
  }

  async takeErrors() {
    await this.#tab.takeErrors?.();
  }

  async close() {
    await this.#tab.close();
  }
}

const COUNT_FRAMES = `() => {
  window.drillFrames = 0;
  const count = () => {
    window.drillFrames += 1;
    if (window.drillFrames <= 2) requestAnimationFrame(count);
  };
  requestAnimationFrame(count);
}`;

const CLICK_POINT = `(found) => {
  if (found.length !== 1) throw new Error(found.length + " elements");
  const [element] = found;
  if (element.disabled) throw new Error("it is disabled");
  element.scrollIntoView({ block: "nearest", inline: "nearest" });
  const { left, top, width, height } = element.getBoundingClientRect();
  const [x, y] = [Math.round(left + width / 2), Math.round(top + height / 2)];
  const hit = document.elementFromPoint(x, y);
  if (!element.contains(hit) && !hit?.contains(element)) {
    throw new Error("covered by " + (hit?.outerHTML.slice(0, 200) ?? "nothing"));
  }
  return { x, y };
}`;

function describe(locator, text) {
  const steps = locator.map(({ role, name, label }) =>
    label ? `field "${label}"` : `${role} ${JSON.stringify(name?.pattern ?? name ?? "")}`,
  );
  return steps.join(" > ") + (text === undefined ? "" : ` with ${text}`);
}
