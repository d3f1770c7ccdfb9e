import type { Locator, Page } from "@playwright/test";
import { crowd, join } from "../support/crowd";
import { organization } from "../support/organizations";
import { type Person, unique } from "../support/person";
import { member, memberNames, members, membersFrame, pending } from "../support/screen";
import { expect, soon, test } from "../support/test";

test.use({ contextOptions: { reducedMotion: "reduce" } });

/** What somebody else changed looks unlike the rest, and a moment later like it. */
async function isMarkedForAMoment(row: Locator, other: Locator): Promise<void> {
  const colour = (element: Element) => getComputedStyle(element).backgroundColor;
  const plain = await other.evaluate(colour);
  await soon(row).not.toHaveCSS("background-color", plain);
  await expect(row).toHaveCSS("background-color", plain);
}

function told(page: Page, of: "members" | "invitations"): Locator {
  return page.getByRole("status", { name: `${of} changes` });
}

async function trio(person: (name: string) => Promise<Person>) {
  const [ada, ben, cleo] = [await person("Ada"), await person("Ben"), await person("Cleo")];
  const wind = await organization("North Wind", ada, ben, cleo);
  return { ada, ben, cleo, wind };
}

test("what somebody else changes is marked for a moment, and told", async ({ person }) => {
  const { ada, ben, cleo, wind } = await trio(person);
  const dora = await person("Dora");
  const { page } = cleo;
  await cleo.visits(`/o/${wind.slug}/members`);
  const [bens, adas] = [member(page, wind.name, "Ben"), member(page, wind.name, "Ada")];
  await ada.api.setRole(wind, ben.name, "admin");
  await soon(told(page, "Member")).toHaveText("Ben is now an admin.");
  await isMarkedForAMoment(bens, adas);

  await ada.api.invite(wind, dora.email);
  await dora.api.accept(wind);
  await soon(told(page, "Member")).toHaveText("Dora is now a member.");
  await isMarkedForAMoment(member(page, wind.name, "Dora"), adas);
  await ada.api.remove(wind, "Dora");
  await soon(told(page, "Member")).toHaveText("Dora was removed.");
});

test("an invitation by another admin is marked for a moment, and told", async ({ person }) => {
  const { ada, ben, wind } = await trio(person);
  await ada.api.setRole(wind, ben.name, "admin");
  await ada.api.invite(wind, `emil-${unique()}@example.com`);
  const { page } = ben;
  await ben.visits(`/o/${wind.slug}/members`);
  const email = `fay-${unique()}@example.com`;
  await ada.api.invite(wind, email);
  await soon(told(page, "Invitation")).toHaveText(`${email} was invited.`);
  const rows = pending(page).getByRole("listitem");
  await isMarkedForAMoment(rows.filter({ hasText: email }), rows.filter({ hasText: "emil-" }));
});

test("what is half typed and where the keyboard is outlive what others change", async ({
  person,
}) => {
  const { ada, ben, cleo, wind } = await trio(person);
  const { page } = ada;
  await ada.visits(`/o/${wind.slug}/members`);
  const search = page.getByRole("searchbox", { name: "Search" });
  await search.pressSequentially("n");
  await ben.api.rename("Benedict");
  await soon(memberNames(page, wind.name)).toHaveText([/Benedict/]);
  await expect(search).toBeFocused();
  await search.fill("");

  await page.getByRole("button", { name: "Invite people" }).click();
  const addresses = page.getByRole("textbox", { name: "Email addresses" });
  await addresses.pressSequentially("half@exam");
  await cleo.api.rename("Cleopatra");
  await soon(told(page, "Member")).toHaveText("Cleo changed their name to Cleopatra.");
  await expect(addresses).toBeFocused();
  await addresses.pressSequentially("ple.com");
  await expect(addresses).toHaveValue("half@example.com");
});

test("whoever is at a row that goes finds themselves in the table's frame", async ({ person }) => {
  const { ada, ben, cleo, wind } = await trio(person);
  await ada.api.setRole(wind, ben.name, "admin");
  const { page } = ada;
  await ada.visits(`/o/${wind.slug}/members`);
  await page.getByRole("combobox", { name: "Role of Cleo" }).focus();
  await ben.api.remove(wind, cleo.name);
  await soon(memberNames(page, wind.name)).toHaveText([/Ada/, /Ben/]);
  await expect(membersFrame(page, wind.name)).toBeFocused();
});

test("what others change leaves scroll, focus and what is in sight alone", async ({
  database,
  person,
}) => {
  const { ada, ben, wind } = await trio(person);
  await crowd(database, wind, 1_000);
  const { page } = ada;
  await ada.visits(`/o/${wind.slug}/members`);
  await counts(page, wind.name, 1_003);
  const row = member(page, wind.name, "Member 00500");
  await scrollTo(membersFrame(page, wind.name), row, 500 * 57);
  const role = row.getByRole("combobox", { name: "Role of Member 00500" });
  await role.focus();
  const before = await place(row);

  await ada.api.remove(wind, ben.name);
  await counts(page, wind.name, 1_002);
  await expect.poll(() => place(row)).toBe(before);
  await expect(role).toBeFocused();

  // Somebody new, above.
  await ada.api.invite(wind, ben.email);
  await ben.api.accept(wind);
  await counts(page, wind.name, 1_003);
  await expect.poll(() => place(row)).toBe(before);
  await expect(role).toBeFocused();
});

test("a page on which many join at once stays usable", async ({ database, person }) => {
  const { ada, wind } = await trio(person);
  const { page } = ada;
  await ada.visits(`/o/${wind.slug}/members`);
  const search = page.getByRole("searchbox", { name: "Search" });
  await join(database, wind, 500);
  await search.pressSequentially("member 00499");
  await expect(memberNames(page, wind.name)).toHaveText([/Member 00499/], { timeout: 20_000 });
  await search.fill("");
  await counts(page, wind.name, 503);
});

test("ten thousand members are there at once, and the last one by scrolling", async ({
  ownServer,
  person,
}) => {
  test.setTimeout(180_000);
  const many = 10_000;
  const ada = await person("Ada", ownServer.url);
  const wind = await organization("North Wind", ada);
  await crowd(ownServer.database, wind, many);
  const { page } = ada;
  const figures: string[] = [];
  const begun = Date.now();
  const note = (what: string) => figures.push(`${what} after ${Date.now() - begun} ms`);
  const answer = await page.goto(`${ada.url}/o/${wind.slug}/members`);
  const size = (await answer?.body())?.byteLength ?? Number.POSITIVE_INFINITY;
  figures.push(`${size} bytes of HTML`);
  expect(size).toBeLessThan(120_000);
  await expect(member(page, wind.name, "Member 00001")).toBeVisible();
  note("the first rows");
  await expect(page.getByRole("heading", { name: `Members ${many + 1}` })).toBeVisible();
  await page.locator("body[data-hydrated]").waitFor();
  note("hydrated");
  const search = page.getByRole("searchbox", { name: "Search" });
  const last = member(page, wind.name, "Member 10000");
  await expect(page.getByRole("checkbox", { name: "Select all shown" })).toBeEnabled({
    timeout: 60_000,
  });
  note("all read");
  await scrollTo(membersFrame(page, wind.name), last, "end");
  note("the last row");
  await expect(last).toHaveAttribute("aria-rowindex", `${many + 2}`);
  await counts(page, wind.name, many + 1);
  expect(await members(page, wind.name).getByRole("row").count()).toBeLessThan(60);
  const searched = Date.now();
  await search.fill("Member 09876");
  await expect(memberNames(page, wind.name)).toHaveText([/Member 09876/]);
  figures.push(`found after ${Date.now() - searched} ms`);
  test.info().annotations.push({ type: "figures", description: figures.join("; ") });
});

/** Scrolls there, until the row is drawn: rows are drawn as they come into sight. */
async function scrollTo(frame: Locator, row: Locator, place: "end" | number): Promise<void> {
  await expect(async () => {
    await frame.evaluate((element, place) => {
      element.scrollTop = place === "end" ? element.scrollHeight : place;
    }, place);
    await expect(row).toBeVisible({ timeout: 500 });
  }).toPass();
}

/** Where a row is on the screen, in whole pixels. */
async function place(row: Locator): Promise<number> {
  return Math.round((await row.boundingBox())?.y ?? Number.NaN);
}

async function counts(page: Page, name: string, count: number): Promise<void> {
  await expect(members(page, name)).toHaveAttribute("aria-rowcount", `${count + 1}`);
}
