import { makeSystemAdmin, psql } from "../support/database";
import { expect, soon, test } from "../support/fixtures";
import { menu, pageHeading, waitUntilHydrated } from "../support/locators";

test("system page is live, and only for system admins", async ({
  database,
  browserErrors,
  signUp,
}) => {
  browserErrors.allow(/refused: GET \/system(\/state)? 403/);
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  await makeSystemAdmin(database, ada);

  await ada.visit("/home");
  await menu(ada.page).getByRole("link", { name: "System" }).click();
  await expect(pageHeading(ada.page)).toHaveText("System");
  const nodes = ada.page.getByRole("table", { name: "Nodes" });
  await expect(nodes.getByRole("rowheader", { name: /this node/ })).toHaveCount(1);
  await expect(ada.page.getByRole("region", { name: "WAL budget" })).toBeVisible();
  const load = ada.page.getByRole("region", { name: "Load of this node" });
  // A node that has just started has no sample yet.
  await expect(load.getByRole("figure")).toContainText([
    /^Streams (\d+, highest \d+|No data yet)$/,
    /^Deliveries /,
    /^Commit to log, 99th percentile /,
    /^Routed to sent, 99th percentile /,
  ]);

  const id = "0190a000-0000-7000-8000-000000000001";
  await psql(
    database,
    `insert into nodes (id, address, version, role, streams, lag_ms, started_at)
     values ('${id}', '192.0.2.1:3000', '0.0.0', 'standby', 3, 0, now())`,
  );
  const other = nodes.getByRole("rowheader", { name: "192.0.2.1:3000" });
  await expect(other).toBeVisible({ timeout: 6_000 });
  await psql(database, `delete from nodes where id = '${id}'`);
  await expect(other).toBeHidden({ timeout: 6_000 });

  await ben.page.goto(`${ben.url}/system`);
  await waitUntilHydrated(ben.page);
  await expect(pageHeading(ben.page)).toHaveText("You don't have access to this page");
  await soon(ben.page.getByRole("link", { name: "Go to home" })).toBeVisible();
  await expect(menu(ben.page).getByRole("link", { name: "System" })).toBeHidden();
});

test("system admins see messages with their links where there is no mail server", async ({
  database,
  signUp,
}) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  await makeSystemAdmin(database, ada);
  await ada.visit("/system");
  const messages = ada.page.getByRole("region", { name: "Mail" }).getByRole("listitem");
  const message = messages.filter({ hasText: ben.email }).first();
  await expect(message).toContainText("Sent");
  await message.getByText("Show message").click();
  await expect(message).toContainText("Finish creating your Tributary account");
  await expect(message).toContainText(/\/sign-up\/[0-9a-f]{64}/);
});
