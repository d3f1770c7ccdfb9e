// The alert rules and the dashboard, against the metrics that a server really has.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Cluster } from "./support/postgres.mjs";
import { folder, freePort, run, start, until } from "./support/processes.mjs";
import { root, Server, serverProgram } from "./support/server.mjs";

const read = (path) => readFile(join(root, path), "utf8");
const ALERTS = "deploy/prometheus/alerts.yaml";

/** The names that a text mentions. */
const metricsIn = (text) => new Set(text.match(/\btributary_[a-z_]+\b/g));

async function alertNames() {
  return [...(await read(ALERTS)).matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
}

test("alert rules are valid, and each fires in its test", async () => {
  await run("promtool", ["check", "rules", join(root, ALERTS)]);
  await run("promtool", ["test", "rules", join(root, "deploy/prometheus/alerts.test.yaml")]);
  const tests = await read("deploy/prometheus/alerts.test.yaml");
  for (const name of await alertNames()) {
    assert.match(tests, new RegExp(`alertname: ${name}\n +exp_alerts`), `${name} has a test`);
  }
});

test("each alert has a section that says what it means, its causes and what to do", async () => {
  const page = await read("docs/operations/alerts.md");
  const sections = page.split(/^## /m).slice(1);
  const documented = sections.map((section) => section.split("\n")[0]);
  assert.deepEqual(documented.toSorted(), (await alertNames()).toSorted());
  for (const section of sections) {
    for (const part of ["Meaning", "Likely causes", "What to do"]) {
      assert.ok(section.includes(`**${part}.**`), `${part} of ${section.split("\n")[0]}`);
    }
  }
});

/** The names of all metrics, from the source, since /metrics leaves out values that aren't known. */
async function metricNames() {
  const source = await read("server/src/metrics.rs");
  // A name is followed by its description.
  return [...source.matchAll(/"([a-z_]+)",\s*"[A-Z]/g)].map(([, name]) => `tributary_${name}`);
}

/** The metric's name without what the format adds to counters and histograms. */
const withoutSuffix = (name) => name.replace(/_(total|bucket|sum|count)$/, "");

test("rules and dashboard use metrics that exist", async () => {
  const known = await metricNames();
  for (const path of [ALERTS, "deploy/grafana-dashboard.json"]) {
    const used = [...metricsIn(await read(path))].map(withoutSuffix);
    const unknown = used.filter((name) => !known.includes(name));
    assert.deepEqual(unknown, [], `${path} names metrics that don't exist`);
  }
});

test("dashboard shows every metric", async () => {
  const dashboard = JSON.parse(await read("deploy/grafana-dashboard.json"));
  const ids = dashboard.panels.map((panel) => panel.id);
  assert.equal(new Set(ids).size, ids.length, "panels have ids of their own");
  const expressions = dashboard.panels.flatMap((it) => it.targets.map((target) => target.expr));
  const shown = [...metricsIn(expressions.join("\n"))].map(withoutSuffix);
  const names = await metricNames();
  assert.ok(names.length > 25, `${names}`);
  for (const name of names) assert.ok(shown.includes(name), `${name} is shown`);
});

test("Prometheus reads a server's metrics, evaluates the rules and is silent", async (t) => {
  const cluster = await Cluster.create(t);
  const server = await Server.start(t, await serverProgram(t), cluster.url());
  const directory = await folder(t);
  const port = await freePort();
  await writeFile(
    join(directory, "prometheus.yml"),
    `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [${join(root, ALERTS)}]
scrape_configs:
  - job_name: tributary
    static_configs: [{ targets: ["127.0.0.1:${server.adminPort}"] }]
`,
  );
  start(t, "prometheus", [
    `--config.file=${join(directory, "prometheus.yml")}`,
    `--storage.tsdb.path=${join(directory, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  const ask = async (path) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`);
    return (await answer.json()).data;
  };
  const value = async (query) => {
    const { result } = await ask(`query?query=${encodeURIComponent(query)}`);
    return result[0]?.value[1];
  };
  await until(
    "Prometheus has the metrics",
    30,
    async () => (await value("tributary_ready")) === "1",
  );
  await until(
    "the node is the worker",
    30,
    async () => (await value("tributary_cdc_active")) === "1",
  );
  const evaluated = async () => {
    const rules = (await ask("rules")).groups.flatMap((group) => group.rules);
    return rules.every((rule) => rule.health === "ok") && rules;
  };
  const rules = await until("every rule was evaluated", 30, evaluated);
  assert.deepEqual(rules.map((it) => it.name).toSorted(), (await alertNames()).toSorted());
  const silent = async () => (await evaluated()).every((it) => it.state === "inactive");
  await until("no alert is pending", 30, silent);
});
