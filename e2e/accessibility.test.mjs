// axe finds nothing, on any page, in any state, light and dark, on a phone and on a desk.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { browser, demo, DESKTOP, empty, PHONE, Visitor } from "./harness.mjs";
import { emptyPages, enterEmpty, pages, scene } from "./pages.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What is wrong with a page as it stands, dark and light: rule, place, summary. */
const wrong = async (page) => {
  const found = [];
  // Evaluated by the debugger: the page's policy, which forbids foreign script, stays as it is.
  await page.evaluate(AXE);
  // axe passes over what is inside a fold, also where the style sheet shows it: opened, it is judged too.
  await page.evaluate(() => document.querySelectorAll("details.fold").forEach((fold) => (fold.open = true)));
  for (const colorScheme of ["dark", "light"]) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate((values) => window.axe.run({ runOnly: { type: "tag", values }, resultTypes: ["violations"] }), RULES);
    found.push(...violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${colorScheme}: ${id} at ${target.join(" ")}: ${failureSummary.split("\n").slice(1).join(" ").trim()}`)));
  }
  return found;
};

/** Tablets, small notebooks, and what WCAG 1.4.10 (Reflow) asks for. */
const WIDTHS = [320, 768, 800, 1024];

/** What only pictures would tell: pixels by which a page is wider than its window, at every width where it is. */
const tooWide = async (page) => {
  const own = page.viewportSize();
  const found = {};
  for (const width of [own.width, ...WIDTHS]) {
    await page.setViewportSize({ ...own, width });
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (beyond > 0) found[width] = beyond;
  }
  await page.setViewportSize(own);
  return found;
};

let here;
before(async () => {
  here = { server: await demo(), empty: await empty(), browser: await browser() };
  here.scene = await scene(() => Visitor.enter(here.browser, here.server.url));
});
after(async () => {
  await here?.browser?.close();
  await here?.server?.stop();
  await here?.empty?.stop();
});

const inspect = async (t, enter, list) => {
  for (const viewport of [DESKTOP, PHONE]) {
    const look = `${viewport.width}`;
    const visitor = await enter({ viewport });
    try {
      for (const [name, go, back] of list) {
        await t.test(`${name} ${look}`, async () => {
          await go(visitor.page, visitor);
          assert.deepEqual(await wrong(visitor.page), []);
          assert.deepEqual(await tooWide(visitor.page), {}, "pixels beyond the window");
          await back?.(visitor.page);
        });
      }
      await t.test(`requests ${look}`, () => visitor.judge());
    } finally {
      await visitor.leave();
    }
  }
};

const ROLES = ["null", "medica", "enfermagem", "recepcao", "paciente", "admin", "auditoria"];
for (const role of ROLES) {
  test(`pages of ${role === "null" ? "nobody" : role}`, (t) =>
    inspect(t, async (look) => {
      const visitor = await Visitor.enter(here.browser, here.server.url, look);
      return role === "null" ? visitor : visitor.as(role);
    }, pages(here.scene)[role]));
}
for (const role of Object.keys(emptyPages)) {
  test(`an empty clinic, for ${role}`, (t) => inspect(t, async (look) => enterEmpty(await Visitor.enter(here.browser, here.empty.url, look), role), emptyPages[role]));
}
