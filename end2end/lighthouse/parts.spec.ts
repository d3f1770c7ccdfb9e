//! A release's browser code comes in parts; see docs/decisions/0010-code-splitting.md.
import type { Page } from "@playwright/test";
import { organization } from "../support/organizations";
import { heading, member, menuEntry } from "../support/screen";
import { expect, test } from "../support/test";

const PARTS = "**/pkg/parts-*/*.wasm";

/** The parts that a page asks for, by their names, from now on. */
function asked(page: Page): string[] {
  const names: string[] = [];
  page.on("request", (request) => {
    const name = /\/parts-[^/]+\/split_(\w+)\.wasm$/.exec(request.url())?.[1];
    if (name) names.push(name);
  });
  return names;
}

test("a page's part comes when it is first needed, and only once", async ({ person }) => {
  const ada = await person("Ada");
  await organization("North Wind", ada);
  const parts = asked(ada.page);
  await ada.visits("/home");
  expect(parts).toEqual([]);
  await menuEntry(ada.page, "North Wind").click();
  await expect(member(ada.page, "North Wind", "Ada")).toBeVisible();
  await ada.page.goBack();
  await menuEntry(ada.page, "North Wind").click();
  await expect(member(ada.page, "North Wind", "Ada")).toBeVisible();
  expect(parts).toEqual(["members"]);
  expect(ada.loads).toBe(1);
});

test("all parts are there after a while, also without a network", async ({ faults, person }) => {
  faults.expect(/net::ERR_INTERNET_DISCONNECTED/);
  const ada = await person("Ada");
  const parts = asked(ada.page);
  await ada.page.clock.install();
  await ada.visits("/home");
  await ada.page.clock.runFor(11_000);
  await expect.poll(() => parts.toSorted()).toEqual(["members", "more", "outside", "rest"]);
  await ada.page.waitForLoadState("networkidle");
  await ada.context.setOffline(true);
  await ada.page.getByRole("link", { name: "Ada" }).click();
  await expect(heading(ada.page)).toHaveText("Account");
});

test("a part that can't be reached is got as soon as it can", async ({ faults, person }) => {
  faults.expect(/net::ERR_INTERNET_DISCONNECTED|Failed to fetch/);
  const ada = await person("Ada");
  await ada.visits("/home");
  await ada.context.setOffline(true);
  await ada.page.getByRole("link", { name: "Ada" }).click();
  await expect(heading(ada.page)).toHaveText("Can't reach Tributary");
  await ada.context.setOffline(false);
  await expect(heading(ada.page)).toHaveText("Account");
  expect(ada.loads).toBe(1);
});

test("who stayed over a new release gets that one's page", async ({ faults, person }) => {
  faults.expect(/404|Incorrect response MIME type|Failed to execute/);
  const ada = await person("Ada");
  await ada.visits("/home");
  await ada.page.route(PARTS, (route) => route.fulfill({ status: 404 }));
  const loaded = ada.page.waitForEvent("load");
  await ada.page.getByRole("link", { name: "Ada" }).click();
  await loaded;
  await ada.page.unroute(PARTS);
  await expect(ada.page).toHaveURL(`${ada.url}/account`);
  await expect(heading(ada.page)).toHaveText("Account");
});
