// The report of a fleet and its evidence, as files that somebody opens: axe finds nothing, nothing is fetched, on a phone and on a desk.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { BINARY, browser, DESKTOP, PHONE } from "./harness.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

let chrome, home;
const fleet = (...words) => {
  const done = spawnSync(BINARY, ["fleet", ...words], { cwd: home, encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr);
};
before(async () => {
  home = mkdtempSync(join(tmpdir(), "aroeira-fleet-"));
  for (const preset of ["garage", "aws-health"]) fleet("init", "--from", preset, "--out", `${preset}.toml`);
  fleet("plan", "garage.toml", "--html", "one.html");
  fleet("evidence", "garage.toml", "--framework", "lgpd", "--out", "evidence");
  fleet("compare", "garage.toml", "aws-health.toml", "--language", "en", "--html", "two.html");
  chrome = await browser();
});
after(async () => {
  await chrome?.close();
  rmSync(home, { recursive: true, force: true });
});

for (const file of ["one.html", "two.html", "evidence/evidence.html"]) {
  for (const viewport of [DESKTOP, PHONE]) {
    test(`${file} ${viewport.width}`, async () => {
      const context = await chrome.newContext({ viewport });
      const requests = [];
      context.on("request", (request) => requests.push(request.url()));
      const page = await context.newPage();
      const faults = [];
      page.on("console", (line) => faults.push(line.text()));
      await page.goto(pathToFileURL(join(home, file)).href);
      // axe passes over what is folded.
      await page.evaluate(() => document.querySelectorAll("details").forEach((fold) => (fold.open = true)));
      await page.evaluate(AXE);
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        const { violations } = await page.evaluate((values) => window.axe.run({ runOnly: { type: "tag", values }, resultTypes: ["violations"] }), RULES);
        assert.deepEqual(violations.map(({ id, nodes }) => `${colorScheme}: ${id} at ${nodes.map(({ target }) => target.join(" ")).join(", ")}`), []);
      }
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, "pixels beyond the window");
      assert.equal(requests.length, 1, "the file and nothing else");
      assert.deepEqual(faults, []);
      await context.close();
    });
  }
}
