import type { Page } from "@playwright/test";
import { setRole } from "../support/actions";
import { expect, soon, test } from "../support/fixtures";
import { memberRow, notifications, organizationTab, pendingInvitations } from "../support/locators";
import { createOrganization, signUpTeam } from "../support/organizations";

test("promoted member gains the settings and loses them on demotion", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ada.visit(`/o/${wind.slug}/members`);
  await ben.visit(`/o/${wind.slug}/members`);
  const settings = organizationTab(ben.page, "North Wind", "Settings");
  await expect(organizationTab(ben.page, "North Wind", "Members")).toBeVisible();
  await expect(settings).toBeHidden();

  await setRole(ada.page, wind, "Ben", "Admin");
  await soon(settings).toBeVisible();
  await soon(ben.page.getByRole("button", { name: "Invite people" })).toBeVisible();
  await soon(pendingInvitations(ben.page)).toContainText("No pending invitations.");
  await soon(memberRow(ben.page, "North Wind", "Ada")).toContainText(ada.email);
  await soon(notifications(ben.page)).toContainText("You are now an admin of North Wind.");
  const next = notifications(ben.page).getByRole("link", { name: "Settings" });
  await expect(next).toHaveAttribute("href", `/o/${wind.slug}/settings`);

  await setRole(ada.page, wind, "Ben", "Member");
  await soon(settings).toBeHidden();
  await soon(ben.page.getByRole("button", { name: "Invite people" })).toBeHidden();
  await soon(pendingInvitations(ben.page)).toBeHidden();
  await soon(memberRow(ben.page, "North Wind", "Ada")).not.toContainText(ada.email);
  await soon(notifications(ben.page)).toContainText("You are now a member of North Wind.");
  expect([ada.pageLoads, ben.pageLoads]).toEqual([1, 1]);
});

test("demoted admin is led from the settings to the members page", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ada.api.setRole(wind, "Ben", "admin");
  await ada.visit(`/o/${wind.slug}/members`);
  await ben.visit(`/o/${wind.slug}/settings`);
  await expect(ben.page.getByRole("region", { name: "General" })).toBeVisible();

  await setRole(ada.page, wind, "Ben", "Member");
  await soon(ben.page).toHaveURL(`${ben.url}/o/${wind.slug}/members`);
  await soon(memberRow(ben.page, "North Wind", "Ben")).toBeVisible();
});

test("role change appears live for other members", async ({ signUp }) => {
  const [ada, ben, cleo] = [await signUp("Ada"), await signUp("Ben"), await signUp("Cleo")];
  const wind = await createOrganization("North Wind", ada, ben, cleo);
  await ada.visit(`/o/${wind.slug}/members`);
  await cleo.visit(`/o/${wind.slug}/members`);
  const role = memberRow(cleo.page, "North Wind", "Ben").getByRole("cell").first();
  await expect(role).toHaveText("Member");

  await setRole(ada.page, wind, "Ben", "Admin");
  await soon(role).toHaveText("Admin");
});

/** Waits until every `requestAnimationFrame` callback has run once. */
function nextFrame(page: Page): Promise<void> {
  return page.evaluate(
    () =>
      new Promise<void>((resolve) =>
        requestAnimationFrame(() => requestAnimationFrame(() => resolve())),
      ),
  );
}

test("role select doesn't flicker on the response or its echo on the stream", async ({
  signUp,
}) => {
  const { ada, ben, cleo, wind } = await signUpTeam(signUp);
  const { page } = ada;
  await cleo.visit(`/o/${wind.slug}/members`);
  await ada.visit(`/o/${wind.slug}/members`);
  const role = page.getByRole("combobox", { name: `Role of ${ben.name}` });
  await role.focus();
  const seen = await role.evaluateHandle((select: HTMLSelectElement) => {
    const seen: string[] = [];
    const look = () => {
      const now = `${select.selectedOptions[0]?.label}${document.activeElement === select ? "" : ", without the focus"}`;
      if (seen.at(-1) !== now) seen.push(now);
      requestAnimationFrame(look);
    };
    look();
    return seen;
  });
  await page.keyboard.press("ArrowDown");
  await soon(memberRow(cleo.page, wind.name, ben.name)).toContainText("Admin");
  // Several changes before the response: the last one wins.
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(/\/memberships\//, async (route) => {
    await released;
    await route.continue();
  });
  for (const key of ["ArrowUp", "ArrowDown", "ArrowUp"]) {
    await page.keyboard.press(key);
    await nextFrame(page);
  }
  release();
  await soon(memberRow(cleo.page, wind.name, ben.name)).toContainText("Member");
  await expect(page.getByRole("status", { name: "Member changes" })).toHaveText("");
  expect(await seen.jsonValue()).toEqual(["Member", "Admin", "Member", "Admin", "Member"]);
});

test("refused role change is reverted, and the reason is shown", async ({
  browserErrors,
  signUp,
}) => {
  browserErrors.allow(/refused: PATCH \/memberships\/\S+ 409/);
  const { ada, wind } = await signUpTeam(signUp);
  await ada.visit(`/o/${wind.slug}/members`);
  const role = ada.page.getByRole("combobox", { name: "Role of Ada" });
  await role.selectOption("Member");
  await expect(notifications(ada.page)).toContainText(/admin/);
  await expect(role).toHaveValue("Admin");
});
