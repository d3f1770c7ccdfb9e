import type { Page } from "@playwright/test";
import { expectAccessible } from "../support/accessibility";
import { insertPresentMembers } from "../support/bulk-members";
import { makeSystemAdmin, psql } from "../support/database";
import { expect, type SignUp, test } from "../support/fixtures";
import {
  menu,
  menuEntry,
  pageHeading,
  presenceList,
  waitUntilHydrated,
  waitUntilLive,
} from "../support/locators";
import { waitForLink } from "../support/mail";
import { createOrganization } from "../support/organizations";
import { type Person, unique } from "../support/person";
import { expireProofs, turnOn } from "../support/two-factor";

const PHONE = { width: 360, height: 740 };

/** Ada's organization has a long name, a member and an invitation; Ben has an invitation too. */
async function signUpWithLongNames(signUp: SignUp) {
  const [ada, ben] = [await signUp("Ada"), await signUp("Bartholomew-Maximilian")];
  const name = "The Honourable Company of Hydrographers";
  const wind = await createOrganization(name, ada, ben);
  const { link } = await ada.api.invite(wind, `dora-${unique()}@a-rather-long-domain.example`);
  const rain = await createOrganization("Soft Rain", ada);
  await ada.api.invite(rain, ben.email);
  return { ada, ben, wind, link: link ?? "" };
}

/** Follows a link of the menu, which is a drawer on a phone. */
async function followMenuLink(page: Page, name: string): Promise<void> {
  const drawer = page.getByRole("button", { name: "Menu" });
  if (await drawer.isVisible()) await drawer.click();
  await menu(page).getByRole("link", { name }).click();
}

const windows = [
  { name: "on a desktop", options: {} },
  { name: "on a phone", options: { viewport: PHONE } },
] as const;

/** Creates an archived, a muted and an unread organization. */
async function createMarkedOrganizations(owner: Person, other: Person): Promise<void> {
  for (const name of ["Still Fog", "Late Frost", "Loud Hail"]) {
    await createOrganization(name, owner, ...(name === "Loud Hail" ? [other] : []));
  }
  const { items } = await owner.api.menu();
  const update = async (name: string, changes: object) => {
    const item = items.find((it) => it.organization.name === name);
    await owner.api.updateMembership(item?.id ?? name, changes);
  };
  await update("Still Fog", { archived: true });
  await update("Late Frost", { muted: true });
}

for (const { name, options } of windows) {
  test.describe(name, () => {
    test.use({ ...options, contextOptions: { reducedMotion: "reduce" } });

    test("public pages are accessible", async ({ browserErrors, signUp, openBrowser }) => {
      browserErrors.allow(
        /refused: GET \/((nowhere|invitations\/nonsense) 404|reset-password\/.* 410)/,
      );
      const { link } = await signUpWithLongNames(signUp);
      const page = await openBrowser();
      const email = `dora-${unique()}@example.com`;
      await page.request.post("/auth/sign-up", { data: { name: "Dora", email } });
      const chosen = await waitForLink(email, "sign-up");
      for (const path of [
        "/",
        "/sign-in",
        "/sign-up",
        "/sign-in/code",
        "/sign-in/code?error=invalid_fields&field=code",
        "/recover",
        "/check-mail",
        "/email-confirmed",
        chosen,
        `/reset-password/${"0".repeat(64)}`,
        link,
        "/invitations/nonsense",
        "/nowhere",
      ]) {
        await page.goto(path);
        await waitUntilHydrated(page);
        await expectAccessible(page, path.replace(/[0-9a-f]{64}/, "{token}"));
      }
      await page.goto("/sign-up");
      await waitUntilHydrated(page);
      await page.getByRole("button", { name: "Create account" }).click();
      await expectAccessible(page, "/sign-up with errors");
    });

    test("home, organization pages and their dialogs are accessible", async ({ signUp }) => {
      const { ada, ben, wind } = await signUpWithLongNames(signUp);
      await ben.visit("/home");
      await expectAccessible(ben.page, "/home");
      await ben.visit(`/o/${wind.slug}/members`);
      await expectAccessible(ben.page, "members, for a member");
      const { page } = ada;
      await ada.visit(`/o/${wind.slug}/settings`);
      await expectAccessible(page, "settings");
      await ada.visit(`/o/${wind.slug}/members`);
      await expectAccessible(page, "members, for an admin");
      await page.getByRole("button", { name: "Invite people" }).click();
      await page.getByRole("dialog").getByRole("textbox").fill(`emil-${unique()}@example.com`);
      await expectAccessible(page, "invite dialog");
      await page.getByRole("button", { name: "Send invitations" }).click();
      await expect(page.getByRole("list", { name: "Results" })).toBeVisible();
      await expectAccessible(page, "outcomes of the invitations");
      await page.getByRole("button", { name: "Done" }).click();
      await page.getByRole("button", { name: "Remove Bartholomew-Maximilian" }).click();
      await expectAccessible(page, "confirmation of removing a member");
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.getByRole("checkbox", { name: "Select Bartholomew-Maximilian" }).check();
      await page.getByRole("button", { name: "Remove selected" }).click();
      await expectAccessible(page, "confirmation of removing several members");
    });

    test("presence list is accessible with one person and with many", async ({
      database,
      signUp,
    }) => {
      const { ada, ben, wind } = await signUpWithLongNames(signUp);
      await ada.visit(`/o/${wind.slug}/settings`);
      await ben.visit(`/o/${wind.slug}/members`);
      await expect(presenceList(ada.page)).toHaveText("BBartholomew-Maximilian");
      await expectAccessible(ada.page, "one person present");
      await insertPresentMembers(database, wind, 9);
      await expect(presenceList(ada.page)).toContainText("and 5 more");
      await expectAccessible(ada.page, "many people present");
    });

    test("system page is accessible, with and without permission", async ({
      database,
      browserErrors,
      signUp,
    }) => {
      browserErrors.allow(/refused: GET \/system(\/state)? 403/);
      const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
      await makeSystemAdmin(database, ada);
      await ada.visit("/system");
      await expect(ada.page.getByRole("table", { name: "Nodes" })).toBeVisible();
      await expectAccessible(ada.page, "/system");
      await ben.page.goto(`${ben.url}/system`);
      await waitUntilHydrated(ben.page);
      await expectAccessible(ben.page, "/system without permission");
    });

    test("error and outage pages are accessible", async ({ browserErrors, ownServer, signUp }) => {
      browserErrors.allow(/refused: GET .* (403|404|410|503)/, /net::ERR_INTERNET_DISCONNECTED/);
      const at = (name: string) => signUp(name, ownServer.url);
      const { ben, wind, link } = await signUpWithLongNames(at);
      const { page } = ben;
      await ben.visit(`/o/${wind.slug}/activity`);
      await ben.context.setOffline(true);
      await followMenuLink(page, "Home");
      await expect(page.getByRole("main")).toContainText("when you're back online");
      await expectAccessible(page, "offline");
      await ben.context.setOffline(false);
      await ben.visit("/o/there-is-none/members");
      await expectAccessible(page, "unknown organization");
      await ben.visit(`/o/${wind.slug}/settings`);
      await expectAccessible(page, "settings, for a member");
      await page.goto(ownServer.url + link);
      await waitUntilHydrated(page);
      await expectAccessible(page, "invitation for another address");
      await psql(ownServer.database, "update invitations set expires_at = now()");
      await page.goto(ownServer.url + link);
      await expectAccessible(page, "expired invitation");
      await ownServer.withDatabaseDown(async () => {
        for (const path of ["/home", link, "/me"]) {
          await page.goto(ownServer.url + path);
          await expect(pageHeading(page)).toHaveText("Tributary is temporarily unavailable");
          await expectAccessible(page, `${path === link ? "invitation" : path} without a database`);
        }
      });
    });

    test("offline page is accessible", async ({ browserErrors, signUp }) => {
      browserErrors.allow(/net::ERR_INTERNET_DISCONNECTED/, /refused: GET \/home 503/);
      const ada = await signUp("Ada");
      await ada.visit("/home");
      await ada.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
      await ada.context.setOffline(true);
      await ada.page.reload();
      await expect(pageHeading(ada.page)).toHaveText("Can't reach Tributary");
      await expectAccessible(ada.page, "offline page");
    });

    test("notes and activity are accessible", async ({ signUp }) => {
      const { ada, ben, wind } = await signUpWithLongNames(signUp);
      const { page } = ada;
      await ben.visit(`/o/${wind.slug}/notes`);
      await expectAccessible(ben.page, "no notes yet");
      const plan = await ada.api.createNote(wind, "The plan for the winter", "One\nTwo");
      await ada.visit(`/o/${wind.slug}/notes`);
      await expectAccessible(page, "notes");
      await page.getByRole("button", { name: "New note" }).click();
      await page.getByRole("button", { name: "Add note" }).click();
      await page.getByRole("button", { name: "Edit The plan for the winter" }).click();
      await expectAccessible(page, "writing and editing notes");
      const form = page.getByRole("article", { name: "Edit The plan for the winter" });
      await form.getByRole("textbox", { name: "Text" }).fill("Mine");
      await ben.api.updateNote(plan, { body: "Theirs" });
      await expect(form.getByRole("status")).toContainText("you choose between both versions");
      await form.getByRole("button", { name: "Save" }).click();
      await expectAccessible(page, "two versions of a note");
      await ada.visit(`/o/${wind.slug}/activity`);
      await expectAccessible(page, "activity, for an admin");
      await page.getByRole("combobox", { name: "Person" }).press("ArrowDown");
      await expect(page.getByRole("option", { name: "Bartholomew-Maximilian" })).toBeVisible();
      await expectAccessible(page, "choosing a person");
    });

    test("pages of two-factor authentication are accessible", async ({ database, signUp }) => {
      const ada = await signUp("Ada");
      const { page } = ada;
      await ada.visit("/account/two-factor");
      await expectAccessible(page, "two-factor authentication, off");
      await page.getByRole("button", { name: "Set up an app" }).click();
      await waitUntilLive(page);
      await expectAccessible(page, "setting an app up");
      await page.getByRole("button", { name: "Cancel" }).click();
      await turnOn(page);
      await expectAccessible(page, "recovery codes");
      await page.getByRole("link", { name: "I saved these codes" }).click();
      await waitUntilLive(page);
      await expectAccessible(page, "two-factor authentication, on");
      await expireProofs(database, ada.email);
      await ada.visit("/account/two-factor");
      await expectAccessible(page, "two-factor authentication, without a recent proof");
      await page.getByRole("link", { name: "Continue" }).click();
      await waitUntilLive(page);
      await expectAccessible(page, "proof by a code");
    });

    test("menu and account page are accessible", async ({ signUp }) => {
      const { ada, ben } = await signUpWithLongNames(signUp);
      const { page } = ada;
      await ada.visit("/account");
      await expectAccessible(page, "account");
      await page.getByRole("button", { name: "Delete account" }).click();
      await expectAccessible(page, "confirmation of deleting the account");
      await createMarkedOrganizations(ben, ada);
      await ben.visit("/home");
      const drawer = ben.page.getByRole("button", { name: "Menu" });
      if (await drawer.isVisible()) await drawer.click();
      await expect(menuEntry(ben.page, "Loud Hail")).toHaveAccessibleDescription("New activity");
      await expect(menuEntry(ben.page, "Late Frost")).toHaveAccessibleDescription("Muted");
      await menu(ben.page).getByText("Archived", { exact: true }).click();
      await expectAccessible(ben.page, "menu with archived, muted and unread organizations");
      await menu(ben.page).getByRole("button", { name: "Edit organizations" }).click();
      await expectAccessible(ben.page, "menu in edit mode");
    });
  });
}

test.describe("on a phone", () => {
  test.use({ viewport: PHONE });

  test("menu drawer opens, navigates and closes", async ({ signUp }) => {
    const { ada, wind } = await signUpWithLongNames(signUp);
    await ada.visit("/home");
    await expect(menu(ada.page)).toBeHidden();
    await ada.page.getByRole("button", { name: "Menu" }).click();
    await expect(menu(ada.page)).toBeVisible();
    await expectAccessible(ada.page, "open drawer");
    await menu(ada.page).getByRole("button", { name: "Edit organizations" }).click();
    await expectAccessible(ada.page, "drawer in edit mode");
    await menu(ada.page).getByRole("button", { name: "Done editing" }).click();
    await menuEntry(ada.page, wind.name).click();
    await expect(pageHeading(ada.page)).toHaveText(wind.name);
    await expect(menu(ada.page)).toBeHidden();
    await waitUntilLive(ada.page);
    expect(ada.pageLoads).toBe(1);
  });
});
