import type { Page } from "@playwright/test";
import type { Organization } from "../support/api";
import { psql } from "../support/database";
import { expect, type OpenBrowser, soon, test } from "../support/fixtures";
import { memberRow, waitUntilHydrated, waitUntilLive } from "../support/locators";
import { createOrganization } from "../support/organizations";
import { PASSWORD, type Person } from "../support/person";

/** An instant in winter time that falls on different days in the two zones. */
const LONG_AGO = "2025-01-15T23:30:00Z";

const ZONES = [
  {
    timezoneId: "Europe/Berlin",
    day: "16 Jan 2025",
    full: /^Thursday,? 16 January 2025 at 00:30:00 (CET|GMT\+1)$/,
  },
  {
    timezoneId: "America/Los_Angeles",
    day: "15 Jan 2025",
    full: /^Wednesday,? 15 January 2025 at 15:30:00 (PST|GMT-8)$/,
  },
];

/** Signs the user in from a browser in that time zone. */
async function signInInZone(
  person: Person,
  openBrowser: OpenBrowser,
  timezoneId: string,
): Promise<Page> {
  const page = await openBrowser({ timezoneId });
  await page.goto("/sign-in");
  await waitUntilHydrated(page);
  await page.getByRole("textbox", { name: "Email" }).fill(person.email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL("/home");
  await waitUntilLive(page);
  return page;
}

function backdateMemberships(database: string, { id }: Organization): Promise<void> {
  const statement = `update memberships set created_at = '${LONG_AGO}' where organization_id = '${id}'`;
  return psql(database, statement);
}

function tooltip(page: Page) {
  return page.getByRole("tooltip");
}

function activities(page: Page) {
  return page.getByRole("list", { name: "Activity" }).locator("time");
}

for (const { timezoneId, day, full } of ZONES) {
  test(`dates are shown in ${timezoneId}, with the zone on hover`, async ({
    database,
    signUp,
    openBrowser,
  }) => {
    const ada = await signUp("Ada");
    const wind = await createOrganization("North Wind", ada);
    await backdateMemberships(database, wind);
    const page = await signInInZone(ada, openBrowser, timezoneId);
    const answer = await page.goto(`/o/${wind.slug}/members`);
    expect(await answer?.text(), "the rendered HTML").toContain(`>${day}<`);
    await waitUntilLive(page);
    const joined = memberRow(page, wind.name, "Ada").locator("time");
    await expect(joined).toHaveText(day);
    await expect(joined).toHaveAttribute("datetime", LONG_AGO);
    await joined.hover();
    await expect(tooltip(page)).toHaveText(full);
    await expect(joined).toHaveAccessibleDescription(full);
    await page.mouse.move(0, 0);
    await expect(tooltip(page)).toBeHidden();
  });
}

test("date is never shown in another zone before the viewer's zone is known", async ({
  database,
  signUp,
  openBrowser,
}) => {
  const ada = await signUp("Ada");
  const wind = await createOrganization("North Wind", ada);
  await backdateMemberships(database, wind);
  const page = await signInInZone(ada, openBrowser, "Europe/Berlin");
  await page.context().clearCookies({ name: "tributary_zone" });
  await page.addInitScript(() => {
    const seen = new Set<string>();
    Reflect.set(window, "seen", seen);
    const look = () => {
      const time = document.querySelector("td time");
      if (time && getComputedStyle(time).visibility === "visible") seen.add(time.textContent ?? "");
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await page.goto(`/o/${wind.slug}/members`);
  await waitUntilLive(page);
  await expect(memberRow(page, wind.name, "Ada").locator("time")).toBeVisible();
  await expect
    .poll(() => page.evaluate(() => [...(Reflect.get(window, "seen") as Set<string>)]))
    .toEqual(["16 Jan 2025"]);
});

test("relative times are updated as time passes", async ({ signUp }) => {
  const ada = await signUp("Ada");
  const wind = await createOrganization("North Wind", ada);
  await ada.page.clock.install();
  await ada.visit(`/o/${wind.slug}/activity`);
  const newest = activities(ada.page).first();
  await ada.api.createNote(wind, "Plan");
  await soon(ada.page.getByText("Ada added the note “Plan”")).toBeVisible();
  await expect(newest).toHaveText("just now");
  for (const [passed, text] of [
    ["05:00", "5 min ago"],
    ["02:00:00", "2 h ago"],
    ["48:00:00", "2 days ago"],
  ] as const) {
    await ada.page.clock.fastForward(passed);
    await expect(newest).toHaveText(text);
  }
});

test("list of times is one Tab stop, and the arrow keys move through it", async ({ signUp }) => {
  const ada = await signUp("Ada");
  const wind = await createOrganization("North Wind", ada);
  for (const title of ["One", "Two", "Three"]) await ada.api.createNote(wind, title);
  await ada.visit(`/o/${wind.slug}/activity`);
  const times = activities(ada.page);
  await expect.poll(() => times.count()).toBeGreaterThan(4);
  const stops = ada.page.getByRole("list", { name: "Activity" }).locator("[tabindex='0']");
  await expect(stops).toHaveCount(1);

  await stops.focus();
  await expect(tooltip(ada.page)).toHaveText(/^\w+day,? \d+ \w+ \d{4} at \d\d:\d\d:\d\d \S+/);
  await ada.page.keyboard.press("Home");
  await expect(times.first()).toBeFocused();
  await ada.page.keyboard.press("ArrowDown");
  await expect(times.nth(1)).toBeFocused();
  await expect(times.nth(1)).toHaveAccessibleDescription(/\d{4} at/);
  await expect(times.first()).not.toHaveAccessibleDescription(/./);
  await ada.page.keyboard.press("End");
  await expect(times.last()).toBeFocused();
  await expect(stops).toHaveCount(1);
  await expect(tooltip(ada.page)).toBeVisible();
  await ada.page.keyboard.press("Escape");
  await expect(tooltip(ada.page)).toBeHidden();
  await ada.page.keyboard.press("Tab");
  await expect(times.last()).not.toBeFocused();
  await expect(tooltip(ada.page)).toBeHidden();
});

test("hydration neither moves nor changes a time", async ({ database, signUp, openBrowser }) => {
  const ada = await signUp("Ada");
  const wind = await createOrganization("North Wind", ada);
  await backdateMemberships(database, wind);
  await ada.api.createNote(wind, "Plan");
  const page = await signInInZone(ada, openBrowser, "America/Los_Angeles");
  await page.addInitScript(() => {
    const shifts: number[] = [];
    Reflect.set(window, "shifts", shifts);
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const sources = (Reflect.get(entry, "sources") ?? []) as { node: Node | null }[];
        const isTime = ({ node }: { node: Node | null }) =>
          node instanceof Element && node.closest("main time") !== null;
        if (sources.some(isTime)) shifts.push(Reflect.get(entry, "value") as number);
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
  for (const path of ["members", "activity", "notes"]) {
    const answer = await page.goto(`/o/${wind.slug}/${path}`);
    const html = (await answer?.text()) ?? "";
    const rendered = [...html.matchAll(/<time[^>]*>([^<]*)/g)].map(([, text]) => text);
    await waitUntilLive(page);
    const shown = await page.locator("main time").allTextContents();
    expect(shown.length, path).toBeGreaterThan(0);
    expect(shown, path).toEqual(rendered);
    expect(await page.evaluate(() => Reflect.get(window, "shifts")), path).toEqual([]);
  }
});
