import type { Locator, Page } from "@playwright/test";
import { insertMembers, insertMembersAndWait } from "../support/bulk-members";
import { expect, test } from "../support/fixtures";
import { memberNames, memberRow, membersScrollArea, membersTable } from "../support/locators";
import { createOrganization, signUpTeam } from "../support/organizations";

test.use({ contextOptions: { reducedMotion: "reduce" } });

test("scroll position and focus survive changes by others", async ({ database, signUp }) => {
  const { ada, ben, wind } = await signUpTeam(signUp);
  await insertMembersAndWait(database, wind, 1_000);
  const { page } = ada;
  await ada.visit(`/o/${wind.slug}/members`);
  await expectMemberCount(page, wind.name, 1_003);
  const row = memberRow(page, wind.name, "Member 00500");
  await scrollTo(membersScrollArea(page, wind.name), row, 500 * 57);
  const role = row.getByRole("combobox", { name: "Role of Member 00500" });
  await role.focus();
  const before = await rowPosition(row);

  await ada.api.removeMember(wind, ben.name);
  await expectMemberCount(page, wind.name, 1_002);
  await expect.poll(() => rowPosition(row)).toBe(before);
  await expect(role).toBeFocused();

  // A new row above the visible ones.
  await ada.api.invite(wind, ben.email);
  await ben.api.acceptInvitation(wind);
  await expectMemberCount(page, wind.name, 1_003);
  await expect.poll(() => rowPosition(row)).toBe(before);
  await expect(role).toBeFocused();
});

test("page stays usable while 500 members join at once", async ({ database, signUp }) => {
  const { ada, wind } = await signUpTeam(signUp);
  const { page } = ada;
  await ada.visit(`/o/${wind.slug}/members`);
  const search = page.getByRole("searchbox", { name: "Search" });
  await insertMembers(database, wind, 500);
  await search.pressSequentially("member 00499");
  await expect(memberNames(page, wind.name)).toHaveText([/Member 00499/], { timeout: 20_000 });
  await search.fill("");
  await expectMemberCount(page, wind.name, 503);
});

test("list of 10,000 members renders at once and scrolls to the last row", async ({
  ownServer,
  signUp,
}) => {
  test.setTimeout(180_000);
  const count = 10_000;
  const ada = await signUp("Ada", ownServer.url);
  const wind = await createOrganization("North Wind", ada);
  await insertMembersAndWait(ownServer.database, wind, count);
  const { page } = ada;
  const figures: string[] = [];
  const start = Date.now();
  const record = (what: string) => figures.push(`${what} after ${Date.now() - start} ms`);
  const answer = await page.goto(`${ada.url}/o/${wind.slug}/members`);
  const size = (await answer?.body())?.byteLength ?? Number.POSITIVE_INFINITY;
  figures.push(`${size} bytes of HTML`);
  expect(size).toBeLessThan(120_000);
  await expect(memberRow(page, wind.name, "Member 00001")).toBeVisible();
  record("the first rows");
  await expect(page.getByRole("heading", { name: `Members ${count + 1}` })).toBeVisible();
  await page.locator("body[data-hydrated]").waitFor();
  record("hydrated");
  const search = page.getByRole("searchbox", { name: "Search" });
  const last = memberRow(page, wind.name, "Member 10000");
  await expect(page.getByRole("checkbox", { name: "Select all shown" })).toBeEnabled({
    timeout: 60_000,
  });
  record("all read");
  await scrollTo(membersScrollArea(page, wind.name), last, "end");
  record("the last row");
  await expect(last).toHaveAttribute("aria-rowindex", `${count + 2}`);
  await expectMemberCount(page, wind.name, count + 1);
  expect(await membersTable(page, wind.name).getByRole("row").count()).toBeLessThan(60);
  const searched = Date.now();
  await search.fill("Member 09876");
  await expect(memberNames(page, wind.name)).toHaveText([/Member 09876/]);
  figures.push(`found after ${Date.now() - searched} ms`);
  test.info().annotations.push({ type: "figures", description: figures.join("; ") });
});

/** Scrolls until the row is rendered; only visible rows are. */
async function scrollTo(frame: Locator, row: Locator, place: "end" | number): Promise<void> {
  await expect(async () => {
    await frame.evaluate((element, place) => {
      element.scrollTop = place === "end" ? element.scrollHeight : place;
    }, place);
    await expect(row).toBeVisible({ timeout: 500 });
  }).toPass();
}

/** The vertical position of a row on the screen, in whole pixels. */
async function rowPosition(row: Locator): Promise<number> {
  return Math.round((await row.boundingBox())?.y ?? Number.NaN);
}

async function expectMemberCount(page: Page, name: string, count: number): Promise<void> {
  await expect(membersTable(page, name)).toHaveAttribute("aria-rowcount", `${count + 1}`);
}
