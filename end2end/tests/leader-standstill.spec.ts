//! A leading tab that stands still, and the tabs that follow it.
import type { Page } from "@playwright/test";
import { expect, soon, test } from "../support/fixtures";
import { connectionBadge, menuEntry, noteArticle, waitUntilNotesLive } from "../support/locators";
import { createOrganization } from "../support/organizations";
import type { Person } from "../support/person";

/** Within which another tab must have taken over. */
const TAKEOVER = { timeout: 15_000 };

/** Makes the page stand still in various ways. Returns what lets it go on. */
const standstills: Record<string, (person: Person, page: Page) => Promise<() => Promise<void>>> = {
  "an open dialog": async (_, page) => {
    const opened = page.waitForEvent("dialog");
    const closed = page.evaluate(() => alert("Still here?"));
    const dialog = await opened;
    return async () => {
      await dialog.accept();
      await closed;
    };
  },
  "a debugger": async (person, page) => {
    const session = await person.context.newCDPSession(page);
    await session.send("Debugger.enable");
    const paused = new Promise((done) => session.once("Debugger.paused", done));
    const evaluated = session.send("Runtime.evaluate", { expression: "debugger" });
    await paused;
    return async () => {
      await session.send("Debugger.resume");
      await evaluated;
      await session.detach();
    };
  },
};

for (const [name, standStill] of Object.entries(standstills)) {
  test(`another tab takes over while the leading tab stands still: ${name}`, async ({ signUp }) => {
    const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
    const wind = await createOrganization("North Wind", ada, ben);
    const path = `/o/${wind.slug}/notes`;
    await ben.visit(path);
    const leader = ben.page;
    const follower = await ben.openTab(path);
    await waitUntilNotesLive(follower);
    expect(ben.streams).toEqual([leader]);
    expect(ben.organizationStreams).toEqual([leader]);

    const goOn = await standStill(ben, leader);
    await ada.api.updateOrganization(wind, { name: "South Wind" });
    await ada.api.createNote(wind, "Plan");
    await expect(menuEntry(follower, "South Wind")).toBeVisible(TAKEOVER);
    await expect(noteArticle(follower, "Plan")).toBeVisible(TAKEOVER);
    await expect(connectionBadge(follower)).toHaveText("Live");

    // Also a tab that is opened now is live.
    const late = await ben.openTab("/home");
    await ada.api.updateOrganization(wind, { name: "West Wind" });
    await soon(menuEntry(follower, "West Wind")).toBeVisible();
    await soon(menuEntry(late, "West Wind")).toBeVisible();

    // The former leader catches up and follows.
    await goOn();
    await expect(menuEntry(leader, "West Wind")).toBeVisible();
    await expect(noteArticle(leader, "Plan")).toHaveCount(1);
    await expect(connectionBadge(leader)).toHaveText("Live");
    await expect.poll(() => ben.streams).toEqual([follower]);
    await ada.api.updateOrganization(wind, { name: "East Wind" });
    await ada.api.createNote(wind, "Second plan");
    for (const page of [leader, follower, late]) {
      await soon(menuEntry(page, "East Wind")).toBeVisible();
    }
    await soon(noteArticle(leader, "Second plan")).toHaveCount(1);
    await soon(noteArticle(follower, "Second plan")).toHaveCount(1);
  });
}
