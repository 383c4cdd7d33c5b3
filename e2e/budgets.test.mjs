// What a page may cost: bytes on the wire, and how much of it jumps while it comes in over a slow line.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browser, demo, DESKTOP, PHONE, Visitor } from "./harness.mjs";
import { pages, scene } from "./pages.mjs";
import { trickle } from "./trickle.mjs";

const SCRIPT = 45_000;
const STYLE = 20_000;
const SHIFT = 0.1;

let here;
before(async () => {
  here = { server: await demo(), browser: await browser() };
  here.scene = await scene(() => Visitor.enter(here.browser, here.server.url));
});
after(async () => {
  await here?.browser?.close();
  await here?.server?.stop();
});

/** Bytes that the page now shown brought over the wire, headers included, by kind; the cache is off. */
const scales = async (context, page) => {
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.enable");
  await devtools.send("Network.setCacheDisabled", { cacheDisabled: true });
  const kinds = new Map();
  let bytes = {};
  devtools.on("Network.requestWillBeSent", ({ requestId, type }) => {
    if (type === "Document") bytes = {};
    kinds.set(requestId, type);
  });
  devtools.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const kind = kinds.get(requestId);
    bytes[kind] = (bytes[kind] ?? 0) + encodedDataLength;
  });
  return () => bytes;
};

const steady = async (page) => {
  await page.waitForLoadState("networkidle");
  return page.evaluate(() => ({ shift: window.__shift, moved: window.__moved }));
};

for (const role of ["null", "medica", "recepcao", "paciente", "admin", "auditoria"]) {
  for (const viewport of [DESKTOP, PHONE]) {
    test(`pages of ${role === "null" ? "nobody" : role} at ${viewport.width}`, async (t) => {
      let page;
      const line = await trickle(here.server.url, () => page);
      const visitor = await Visitor.enter(here.browser, line.url, { viewport });
      const { context } = visitor;
      page = visitor.page;
      if (role !== "null") await visitor.as(role);
      await context.addInitScript(() => {
        window.__shift = 0;
        window.__moved = [];
        const node = ({ node }) => (node?.nodeType === Node.ELEMENT_NODE ? node.cloneNode().outerHTML : node?.textContent)?.slice(0, 60);
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries().filter((entry) => !entry.hadRecentInput)) {
            window.__shift += entry.value;
            window.__moved.push(...entry.sources.map(node));
          }
        }).observe({ type: "layout-shift", buffered: true });
      });
      const weighed = await scales(context, page);
      try {
        for (const [name, go, back] of pages(here.scene)[role]) {
          await t.test(name, async () => {
            await go(page, visitor);
            const { shift, moved } = await steady(page);
            const { Script: script, Stylesheet: style } = weighed();
            assert.ok(script > 0 && script <= SCRIPT, `${script} bytes of script`);
            assert.ok(style > 0 && style <= STYLE, `${style} bytes of style`);
            assert.ok(shift < SHIFT, `the page jumps: ${shift}, ${moved.join(" ")}`);
            const inline = await page.evaluate(() => [...document.querySelectorAll("script:not([src]), style, [style], [onclick], [onload], [onsubmit], [onchange]")].map((node) => node.outerHTML.slice(0, 80)));
            assert.deepEqual(inline, [], "inline script or style");
            await back?.(page);
          });
        }
        visitor.judge();
      } finally {
        await visitor.leave();
        await line.stop();
      }
    });
  }
}
