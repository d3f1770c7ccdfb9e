// The main flows and the layout in stock Firefox and in WebKitGTK, whose engine is that of Safari.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { firefox } from "./browsers/firefox.mjs";
import { flows } from "./browsers/flows.mjs";
import { layoutFaults } from "./browsers/layout.mjs";
import { People } from "./browsers/people.mjs";
import { role } from "./browsers/screen.mjs";
import { webkit } from "./browsers/webkit.mjs";
import { Cluster } from "./support/postgres.mjs";
import { root, Server, serverProgram } from "./support/server.mjs";

// For people to look at.
const screenshots = join(root, "target/test-results/browsers");

for (const [name, launch] of Object.entries({ Firefox: firefox, WebKitGTK: webkit })) {
  test(name, async (t) => {
    const program = await serverProgram(t);
    const cluster = await Cluster.create(t);
    const server = await Server.start(t, program, cluster.url());
    const engine = await launch(t);
    for (const [flow, run] of Object.entries(flows)) {
      await t.test(`${name}: ${flow}`, async (t) => {
        const people = new People(t, engine, server);
        await run(people, server);
        await people.checkErrors();
      });
    }
    await t.test(`${name}: layout`, async (t) => {
      const people = new People(t, engine, server);
      await checkLayout(people, join(screenshots, name), engine.phoneWidth);
      await people.checkErrors();
    });
  });
}

/** Every main page, as an admin sees it, with data. */
async function checkLayout(people, folder, phoneWidth) {
  await mkdir(folder, { recursive: true });
  const [ada, ben] = await people.create("Ada", "Ben");
  const wind = await people.createOrganization("North Wind", ada, ben);
  const path = `/organizations/${wind.id}`;
  const invited = { emails: ["dora@example.com"], role: "admin" };
  await ada.api.request("POST", `${path}/invitations`, invited);
  const body = "From 1 December, boats leave at 7:00, 11:00 and 16:00.";
  await ben.api.request("POST", `${path}/notes`, { title: "Winter timetable", body });

  const { screen } = ada;
  const faults = [];
  const check = async (page) => {
    for (const [device, width] of Object.entries({ phone: phoneWidth, desktop: 1280 })) {
      await screen.resize(width, 900);
      await screen.waitUntilPainted();
      await screen.screenshot(join(folder, `${page}-${device}.png`));
      const found = await layoutFaults(screen);
      faults.push(...found.map((it) => `${page}, ${device}: ${it}`));
    }
  };
  for (const [page, address] of Object.entries({ landing: "/", "sign-in": "/sign-in" })) {
    await screen.load(address);
    await screen.waitUntilHydrated();
    await check(page);
  }
  await ada.signIn("/account");
  for (const theme of ["Light", "Dark"]) {
    await screen.visit("/account");
    await screen.click(role("radio", theme));
    const pages = { home: "/home", account: "/account" };
    for (const tab of ["members", "notes", "activity", "settings"]) {
      pages[tab] = `/o/${wind.slug}/${tab}`;
    }
    for (const [page, address] of Object.entries(pages)) {
      await screen.visit(address);
      await check(`${page}-${theme.toLowerCase()}`);
    }
  }
  assert.deepEqual(faults, []);
}
