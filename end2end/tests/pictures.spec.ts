import type { Locator, Page } from "@playwright/test";
import { expect, soon, test } from "../support/fixtures";
import { memberRow, menuEntry, presenceList } from "../support/locators";
import { createOrganization } from "../support/organizations";
import { expectPicture, PICTURE } from "../support/pictures";

function part(page: Page, name: string): Locator {
  return page.getByRole("region", { name, exact: true });
}

test("profile picture appears live for other members, and so does its removal", async ({
  signUp,
}) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ben.visit(`/o/${wind.slug}/members`);
  await ada.visit(`/o/${wind.slug}/members`);
  await ada.page.getByRole("banner").getByRole("link", { name: "Ada" }).click();
  const profile = part(ada.page, "Profile");
  await profile.getByLabel("Choose picture").setInputFiles(PICTURE);
  await expectPicture(profile.locator("img"));
  await expectPicture(ada.page.getByRole("banner").locator("img"));
  await expectPicture(memberRow(ben.page, "North Wind", "Ada").locator("img"));
  await ada.page.goBack();
  await expect(presenceList(ben.page)).toContainText("Ada");
  await expectPicture(presenceList(ben.page).locator("img"));

  await ada.page.goForward();
  await profile.getByRole("button", { name: "Remove picture" }).click();
  await expect(profile.locator("img")).toHaveCount(0);
  await expect(profile.getByRole("button", { name: "Remove picture" })).toBeHidden();
  await soon(memberRow(ben.page, "North Wind", "Ada").locator("img")).toHaveCount(0);
  await expect(memberRow(ben.page, "North Wind", "Ada")).toContainText("A");
  expect([ada.pageLoads, ben.pageLoads]).toEqual([1, 1]);
});

test("organization picture appears live for its members", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ada.visit(`/o/${wind.slug}/settings`);
  await ben.visit(`/o/${wind.slug}/activity`);
  await part(ada.page, "Picture").getByLabel("Choose picture").setInputFiles(PICTURE);
  for (const { page } of [ada, ben])
    await expectPicture(menuEntry(page, "North Wind").locator("img"));
  const trail = ben.page.getByRole("list", { name: "Activity" });
  await soon(trail.getByRole("listitem").first()).toContainText("Ada changed the picture");
});

test("invalid picture is refused beside the button, and another can be chosen", async ({
  browserErrors,
  signUp,
}) => {
  browserErrors.allow(/refused: PUT \/me\/picture 422/);
  const ada = await signUp("Ada");
  await ada.visit("/account");
  const profile = part(ada.page, "Profile");
  const choice = profile.getByLabel("Choose picture");
  const text = { name: "notes.png", mimeType: "image/png", buffer: Buffer.from("Hello") };
  await choice.setInputFiles(text);
  await expect(choice).toHaveAccessibleDescription(/This picture can't be read/);
  await choice.setInputFiles({ ...PICTURE, buffer: Buffer.alloc(2 * 1024 * 1024 + 1) });
  await expect(choice).toHaveAccessibleDescription(/This file is too large/);
  await choice.setInputFiles(PICTURE);
  await expectPicture(profile.locator("img"));
  await expect(choice).toHaveAccessibleDescription(
    "PNG, JPEG or WebP, up to 2 MB. Cropped to a square.",
  );
});
