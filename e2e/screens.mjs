// Pictures of every page for people to judge: screens/<look>/<page>.png. Names on the command line choose pages.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { browser, demo, DESKTOP, empty, PHONE, Visitor } from "./harness.mjs";
import { emptyPages, enterEmpty, pages, scene } from "./pages.mjs";

const LOOKS = [["light", "desktop", DESKTOP], ["light", "phone", PHONE], ["dark", "desktop", DESKTOP], ["dark", "phone", PHONE]];
const wanted = process.argv.slice(2);
const folder = join(import.meta.dirname, "screens");
if (!wanted.length) rmSync(folder, { recursive: true, force: true });

const [full, bare, chrome] = [await demo(), await empty(), await browser()];
let failed = 0;
const shoot = async (enter, list, place) => {
  const chosen = list.filter(([name]) => !wanted.length || wanted.includes(name));
  if (!chosen.length) return;
  const visitor = await enter();
  for (const [name, go, back] of chosen) {
    try {
      await go(visitor.page, visitor);
      // What is first seen is judged, and the whole page beside it.
      await visitor.page.screenshot({ path: join(place, `${name}.png`) });
      // A tall window, not a stitched picture: what sticks to the edges stays at the edges.
      const viewport = visitor.page.viewportSize();
      const height = await visitor.page.evaluate(() => document.documentElement.scrollHeight);
      if (height > viewport.height) {
        await visitor.page.setViewportSize({ ...viewport, height });
        await visitor.page.screenshot({ path: join(place, `${name}-whole.png`) });
        await visitor.page.setViewportSize(viewport);
      }
      await back?.(visitor.page);
    } catch (error) {
      failed += 1;
      console.error(`${place}/${name}: ${error.message.split("\n")[0]}`);
    }
  }
  await visitor.leave();
};

try {
  const made = await scene(() => Visitor.enter(chrome, full.url));
  for (const [scheme, device, viewport] of LOOKS) {
    const place = join(folder, `${scheme}-${device}`);
    mkdirSync(place, { recursive: true });
    const look = { colorScheme: scheme, viewport };
    for (const [role, list] of Object.entries(pages(made))) {
      await shoot(async () => (role === "null" ? Visitor.enter(chrome, full.url, look) : (await Visitor.enter(chrome, full.url, look)).as(role)), list, place);
    }
    for (const [role, list] of Object.entries(emptyPages)) {
      await shoot(async () => enterEmpty(await Visitor.enter(chrome, bare.url, look), role), list, place);
    }
    console.log(place);
  }
} finally {
  await chrome.close();
  await full.stop();
  await bare.stop();
}
process.exitCode = failed ? 1 : 0;
