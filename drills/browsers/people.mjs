// The people of one flow, each with a browser and a network of their own.
import assert from "node:assert/strict";
import { Person as Account } from "../support/server.mjs";
import { NetworkProxy } from "./network-proxy.mjs";
import { label, role, Screen } from "./screen.mjs";

const PASSWORD = "correct horse battery";

let created = 0;

/** What keeps the data of flows on one server apart. */
function unique() {
  created += 1;
  return `${process.pid}-${created}`;
}

export class People {
  #t;
  #engine;
  #server;
  #errors = [];
  #allowed = [];
  #all = [];

  constructor(t, engine, server) {
    this.#t = t;
    this.#engine = engine;
    this.#server = server;
  }

  /** People with accounts, and browsers that know nothing of them. */
  create(...names) {
    return Promise.all(names.map((name) => this.#create(name)));
  }

  async #create(name) {
    const email = `${name.toLowerCase()}-${unique()}@example.com`;
    const account = { name, email, password: PASSWORD };
    const api = await Account.signUp(this.#server, account);
    const proxy = await NetworkProxy.start(this.#t, this.#server);
    const report = (error) => this.#errors.push(`${name}: ${error}`);
    const browser = await this.#engine.openBrowser(this.#t, report);
    const person = new Person(name, email, api, proxy, browser);
    await person.openTab();
    this.#all.push(person);
    return person;
  }

  /** An organization of an admin and members, made through the API. */
  async createOrganization(name, admin, ...members) {
    const slug = `${name.toLowerCase().replaceAll(" ", "-")}-${unique()}`;
    const organization = await admin.api.request("POST", "/organizations", { name, slug });
    for (const { api, email } of members) {
      const invitations = `/organizations/${organization.id}/invitations`;
      await admin.api.request("POST", invitations, { emails: [email], role: "member" });
      const { items } = await api.request("GET", "/me/invitations");
      await api.request("POST", `/invitations/${items[0].id}/accept`);
    }
    return organization;
  }

  /** Ignores errors that match one of the patterns. */
  allowErrors(...patterns) {
    this.#allowed.push(...patterns);
  }

  /** Fails when a browser reported an error that isn't allowed. */
  async checkErrors() {
    for (const { screens } of this.#all) {
      for (const screen of screens) await screen.takeErrors();
    }
    const unexpected = this.#errors.filter((it) => !this.#allowed.some((known) => known.test(it)));
    assert.deepEqual(unexpected, [], "errors in the browsers");
  }
}

class Person {
  screens = [];
  #browser;

  constructor(name, email, api, proxy, browser) {
    this.name = name;
    this.email = email;
    /** The person's requests without a browser. */
    this.api = api;
    this.proxy = proxy;
    this.#browser = browser;
  }

  /** The first tab. */
  get screen() {
    return this.screens[0];
  }

  async openTab() {
    const screen = new Screen(await this.#browser.openTab(), this.proxy.origin);
    await screen.resize(1280, 900);
    this.screens.push(screen);
    return screen;
  }

  async closeTab(screen) {
    this.screens = this.screens.filter((it) => it !== screen);
    await screen.close();
  }

  /** Loads a page in another tab. */
  async visitInTab(path) {
    const screen = await this.openTab();
    await screen.visit(path);
    return screen;
  }

  /** Signs in by the form, which leads to the page. */
  async signIn(path = "/home") {
    const { screen } = this;
    await screen.load(`/sign-in?next=${encodeURIComponent(path)}`);
    await screen.waitUntilHydrated();
    await screen.fill(role("textbox", "Email"), this.email);
    await screen.fill(label("Password"), PASSWORD);
    await screen.click(role("button", "Sign in"));
    await screen.isAt(path);
    await screen.waitUntilLive();
    return screen;
  }
}
