//! Code splitting in a release build; see docs/decisions/0010-code-splitting.md.
import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures";
import { memberRow, menuEntry, pageHeading } from "../support/locators";
import { createOrganization } from "../support/organizations";

const CHUNKS = "**/pkg/parts-*/*.wasm";

/** Records the names of the chunks that the page requests. */
function recordChunks(page: Page): string[] {
  const names: string[] = [];
  page.on("request", (request) => {
    const name = /\/parts-[^/]+\/split_(\w+)\.wasm$/.exec(request.url())?.[1];
    if (name) names.push(name);
  });
  return names;
}

test("page's chunk is fetched once, when it is first needed", async ({ signUp }) => {
  const ada = await signUp("Ada");
  await createOrganization("North Wind", ada);
  const chunks = recordChunks(ada.page);
  await ada.visit("/home");
  expect(chunks).toEqual([]);
  await menuEntry(ada.page, "North Wind").click();
  await expect(memberRow(ada.page, "North Wind", "Ada")).toBeVisible();
  await ada.page.goBack();
  await menuEntry(ada.page, "North Wind").click();
  await expect(memberRow(ada.page, "North Wind", "Ada")).toBeVisible();
  expect(chunks).toEqual(["organization_layout", "members"]);
  expect(ada.pageLoads).toBe(1);
});

test("all chunks are prefetched and work offline", async ({ browserErrors, signUp }) => {
  browserErrors.allow(/net::ERR_INTERNET_DISCONNECTED/);
  const ada = await signUp("Ada");
  const chunks = recordChunks(ada.page);
  await ada.page.clock.install();
  await ada.visit("/home");
  await ada.page.clock.runFor(11_000);
  await expect
    .poll(() => chunks.toSorted())
    .toEqual([
      "account",
      "members",
      "organization",
      "organization_layout",
      "outside",
      "settings_and_forms",
    ]);
  await ada.page.waitForLoadState("networkidle");
  await ada.context.setOffline(true);
  await ada.page.getByRole("link", { name: "Ada" }).click();
  await expect(pageHeading(ada.page)).toHaveText("Account");
});

test("chunk that can't be fetched offline is fetched after reconnecting", async ({
  browserErrors,
  signUp,
}) => {
  browserErrors.allow(/net::ERR_INTERNET_DISCONNECTED|Failed to fetch/);
  const ada = await signUp("Ada");
  await ada.visit("/home");
  await ada.context.setOffline(true);
  await ada.page.getByRole("link", { name: "Ada" }).click();
  await expect(pageHeading(ada.page)).toHaveText("Can't reach Tributary");
  await ada.context.setOffline(false);
  await expect(pageHeading(ada.page)).toHaveText("Account");
  expect(ada.pageLoads).toBe(1);
});

test("page of an old release navigates to the new release", async ({ browserErrors, signUp }) => {
  browserErrors.allow(/404|Incorrect response MIME type|Failed to execute/);
  const ada = await signUp("Ada");
  await ada.visit("/home");
  await ada.page.route(CHUNKS, (route) => route.fulfill({ status: 404 }));
  const loaded = ada.page.waitForEvent("load");
  await ada.page.getByRole("link", { name: "Ada" }).click();
  await loaded;
  await ada.page.unroute(CHUNKS);
  await expect(ada.page).toHaveURL(`${ada.url}/account`);
  await expect(pageHeading(ada.page)).toHaveText("Account");
});
