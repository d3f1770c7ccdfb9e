import { makeSystemAdmin, psql } from "../support/operator";
import { heading, hydrated, menu } from "../support/screen";
import { expect, soon, test } from "../support/test";

test("a system admin watches the machines, nobody else does", async ({
  database,
  faults,
  person,
}) => {
  faults.expect(/refused: GET \/system(\/state)? 403/);
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  await makeSystemAdmin(database, ada);

  await ada.visits("/home");
  await menu(ada.page).getByRole("link", { name: "System" }).click();
  await expect(heading(ada.page)).toHaveText("System");
  const nodes = ada.page.getByRole("table", { name: "Nodes" });
  await expect(nodes.getByRole("rowheader", { name: /this node/ })).toHaveCount(1);
  await expect(ada.page.getByRole("region", { name: "WAL budget" })).toBeVisible();

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
  await hydrated(ben.page);
  await expect(heading(ben.page)).toHaveText("You don't have access to this page");
  await soon(ben.page.getByRole("link", { name: "Go to home" })).toBeVisible();
  await expect(menu(ben.page).getByRole("link", { name: "System" })).toBeHidden();
});
