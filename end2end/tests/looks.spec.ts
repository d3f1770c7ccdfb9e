import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { makeSystemAdmin, psql } from "../support/operator";
import { crowdThatIsHere, organization } from "../support/organizations";
import { type Person, unique } from "../support/person";
import { heading, hereNow, hydrated, live, menu, menuEntry } from "../support/screen";
import { expect, test } from "../support/test";

const PHONE = { width: 360, height: 740 };

/** Nothing wrong that a machine can find, and nothing beyond the edge. */
async function isSound(page: Page, what: string): Promise<void> {
  await test.step(what, async () => {
    const { violations } = await new AxeBuilder({ page }).analyze();
    const found = violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html}: ${node.failureSummary}`),
    );
    expect.soft(found, `${what}: accessibility`).toEqual([]);
    const beyond = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth - clientWidth;
    });
    expect.soft(beyond, `${what}: pixels beyond the edge`).toBeLessThanOrEqual(0);
  });
}

/** Ada's organization has a long name, members and invitations; Ben has invitations too. */
async function company(person: (name: string) => Promise<Person>) {
  const [ada, ben] = [await person("Ada"), await person("Bartholomew-Maximilian")];
  const name = "The Honourable Company of Hydrographers";
  const wind = await organization(name, ada, ben);
  const { link } = await ada.api.invite(wind, `dora-${unique()}@a-rather-long-domain.example`);
  const rain = await organization("Soft Rain", ada);
  await ada.api.invite(rain, ben.email);
  return { ada, ben, wind, link: link ?? "" };
}

/** Goes there by the menu, which is a drawer on a phone. */
async function menuLink(page: Page, name: string): Promise<void> {
  const drawer = page.getByRole("button", { name: "Menu" });
  if (await drawer.isVisible()) await drawer.click();
  await menu(page).getByRole("link", { name }).click();
}

const looks = [
  { look: "in the light", options: { colorScheme: "light" } },
  { look: "in the dark", options: { colorScheme: "dark" } },
  { look: "on a phone", options: { colorScheme: "light", viewport: PHONE } },
  { look: "on a phone in the dark", options: { colorScheme: "dark", viewport: PHONE } },
] as const;

/** Something in the menu is archived, something muted, and something is new. */
async function markedMenu(owner: Person, other: Person): Promise<void> {
  for (const name of ["Still Fog", "Late Frost", "Loud Hail"]) {
    await organization(name, owner, ...(name === "Loud Hail" ? [other] : []));
  }
  const { items } = await owner.api.menu();
  const arrange = async (name: string, changes: object) => {
    const item = items.find((it) => it.organization.name === name);
    await owner.api.arrange(item?.id ?? name, changes);
  };
  await arrange("Still Fog", { archived: true });
  await arrange("Late Frost", { muted: true });
}

for (const { look, options } of looks) {
  test.describe(look, () => {
    test.use({ ...options, contextOptions: { reducedMotion: "reduce" } });

    test("the pages in front of the door are sound", async ({ faults, person, visitor }) => {
      faults.expect(/refused: GET \/(nowhere|invitations\/nonsense) 404/);
      const { link } = await company(person);
      const page = await visitor();
      for (const path of ["/", "/sign-in", "/sign-up", link, "/invitations/nonsense", "/nowhere"]) {
        await page.goto(path);
        await hydrated(page);
        await isSound(page, path === link ? "/invitations/{token}" : path);
      }
      await page.goto("/sign-up");
      await hydrated(page);
      await page.getByRole("button", { name: "Create account" }).click();
      await isSound(page, "/sign-up with mistakes");
    });

    test("the pages behind the door are sound", async ({ person }) => {
      const { ada, ben, wind } = await company(person);
      await ben.visits("/home");
      await isSound(ben.page, "/home");
      await ben.visits(`/o/${wind.slug}/members`);
      await isSound(ben.page, "members, for a member");
      const { page } = ada;
      await ada.visits(`/o/${wind.slug}/settings`);
      await isSound(page, "settings");
      await ada.visits(`/o/${wind.slug}/members`);
      await isSound(page, "members, for an admin");
      await page.getByRole("button", { name: "Invite people" }).click();
      await page.getByRole("dialog").getByRole("textbox").fill(`emil-${unique()}@example.com`);
      await isSound(page, "the invite dialog");
      await page.getByRole("button", { name: "Send invitations" }).click();
      await expect(page.getByRole("list", { name: "Results" })).toBeVisible();
      await isSound(page, "the outcomes of inviting");
      await page.getByRole("button", { name: "Done" }).click();
      await page.getByRole("button", { name: "Remove Bartholomew-Maximilian" }).click();
      await isSound(page, "the question before removing");
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.getByRole("checkbox", { name: "Select Bartholomew-Maximilian" }).check();
      await page.getByRole("button", { name: "Remove selected" }).click();
      await isSound(page, "the question before removing several");
    });

    test("who is here is sound, few and many", async ({ database, person }) => {
      const { ada, ben, wind } = await company(person);
      await ada.visits(`/o/${wind.slug}/settings`);
      await ben.visits(`/o/${wind.slug}/members`);
      await expect(hereNow(ada.page)).toHaveText("BBartholomew-Maximilian");
      await isSound(ada.page, "one is here");
      await crowdThatIsHere(database, wind, 9);
      await expect(hereNow(ada.page)).toContainText("and 5 more");
      await isSound(ada.page, "many are here");
    });

    test("the system page is sound, also for whom it isn't", async ({
      database,
      faults,
      person,
    }) => {
      faults.expect(/refused: GET \/system(\/state)? 403/);
      const [ada, ben] = [await person("Ada"), await person("Ben")];
      await makeSystemAdmin(database, ada);
      await ada.visits("/system");
      await expect(ada.page.getByRole("table", { name: "Nodes" })).toBeVisible();
      await isSound(ada.page, "/system");
      await ben.page.goto(`${ben.url}/system`);
      await hydrated(ben.page);
      await isSound(ben.page, "/system for others");
    });

    test("what stands in for a page that can't be shown is sound", async ({
      faults,
      ownServer,
      person,
    }) => {
      faults.expect(/refused: GET .* (403|404|410|503)/, /net::ERR_INTERNET_DISCONNECTED/);
      const at = (name: string) => person(name, ownServer.url);
      const { ben, wind, link } = await company(at);
      const { page } = ben;
      await ben.visits(`/o/${wind.slug}/activity`);
      await ben.context.setOffline(true);
      await menuLink(page, "Home");
      await expect(page.getByRole("main")).toContainText("when you're back online");
      await isSound(page, "offline");
      await ben.context.setOffline(false);
      await ben.visits("/o/there-is-none/members");
      await isSound(page, "no such organization");
      await ben.visits(`/o/${wind.slug}/settings`);
      await isSound(page, "settings, for a member");
      await page.goto(ownServer.url + link);
      await hydrated(page);
      await isSound(page, "somebody else's invitation");
      await psql(ownServer.database, "update invitations set expires_at = now()");
      await page.goto(ownServer.url + link);
      await isSound(page, "an expired invitation");
      await ownServer.withoutDatabase(async () => {
        for (const path of ["/home", link, "/me"]) {
          await page.goto(ownServer.url + path);
          await expect(heading(page)).toHaveText("Tributary is temporarily unavailable");
          await isSound(page, `${path === link ? "an invitation" : path} without a database`);
        }
      });
    });

    test("the page without a network is sound", async ({ faults, person }) => {
      faults.expect(/net::ERR_INTERNET_DISCONNECTED/, /refused: GET \/home 503/);
      const ada = await person("Ada");
      await ada.visits("/home");
      await ada.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
      await ada.context.setOffline(true);
      await ada.page.reload();
      await expect(heading(ada.page)).toHaveText("Can't reach Tributary");
      await isSound(ada.page, "without a network");
    });

    test("notes and activity are sound", async ({ person }) => {
      const { ada, ben, wind } = await company(person);
      const { page } = ada;
      await ben.visits(`/o/${wind.slug}/notes`);
      await isSound(ben.page, "no notes yet");
      const plan = await ada.api.createNote(wind, "The plan for the winter", "One\nTwo");
      await ada.visits(`/o/${wind.slug}/notes`);
      await isSound(page, "notes");
      await page.getByRole("button", { name: "New note" }).click();
      await page.getByRole("button", { name: "Add note" }).click();
      await page.getByRole("button", { name: "Edit The plan for the winter" }).click();
      await isSound(page, "writing and editing notes");
      const form = page.getByRole("article", { name: "Edit The plan for the winter" });
      await form.getByRole("textbox", { name: "Text" }).fill("Mine");
      await ben.api.updateNote(plan, { body: "Theirs" });
      await expect(form.getByRole("status")).toContainText("you choose between both versions");
      await form.getByRole("button", { name: "Save" }).click();
      await isSound(page, "two versions of a note");
      await ada.visits(`/o/${wind.slug}/activity`);
      await isSound(page, "activity, for an admin");
      await page.getByRole("combobox", { name: "Person" }).press("ArrowDown");
      await expect(page.getByRole("option", { name: "Bartholomew-Maximilian" })).toBeVisible();
      await isSound(page, "choosing a person");
    });

    test("the menu and the account are sound", async ({ person }) => {
      const { ada, ben } = await company(person);
      const { page } = ada;
      await ada.visits("/account");
      await isSound(page, "account");
      await page.getByRole("button", { name: "Delete account" }).click();
      await isSound(page, "the question before deleting the account");
      await markedMenu(ben, ada);
      await ben.visits("/home");
      const drawer = ben.page.getByRole("button", { name: "Menu" });
      if (await drawer.isVisible()) await drawer.click();
      await expect(menuEntry(ben.page, "Loud Hail")).toHaveAccessibleDescription("New activity");
      await expect(menuEntry(ben.page, "Late Frost")).toHaveAccessibleDescription("Muted");
      await menu(ben.page).getByText("Archived", { exact: true }).click();
      await isSound(ben.page, "the menu with all its marks");
      await menu(ben.page).getByRole("button", { name: "Edit organizations" }).click();
      await isSound(ben.page, "the menu while it is edited");
    });
  });
}

test.describe("on a phone", () => {
  test.use({ viewport: PHONE });

  test("the menu is a drawer that opens, leads somewhere and closes", async ({ person }) => {
    const { ada, wind } = await company(person);
    await ada.visits("/home");
    await expect(menu(ada.page)).toBeHidden();
    await ada.page.getByRole("button", { name: "Menu" }).click();
    await expect(menu(ada.page)).toBeVisible();
    await isSound(ada.page, "the open drawer");
    await menu(ada.page).getByRole("button", { name: "Edit organizations" }).click();
    await isSound(ada.page, "the drawer while it is edited");
    await menu(ada.page).getByRole("button", { name: "Done editing" }).click();
    await menuEntry(ada.page, wind.name).click();
    await expect(heading(ada.page)).toHaveText(wind.name);
    await expect(menu(ada.page)).toBeHidden();
    await live(ada.page);
    expect(ada.loads).toBe(1);
  });
});
