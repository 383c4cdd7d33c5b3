// A line so slow that every page is painted many times before it is whole: what jumps on a bad day jumps here always.
import { createServer, request } from "node:http";
import { once } from "node:events";

const PIECES = 5;

/** Cuts a page before tags, into pieces of about the same length; nothing is painted before its body begins. */
const pieces = (body) => {
  const cut = [];
  const head = Math.max(0, body.indexOf("<body"));
  const step = Math.ceil((body.length - head) / PIECES);
  for (let from = 0; from < body.length; ) {
    const tag = body.indexOf("<", from + step + (from ? 0 : head));
    const to = tag < 0 ? body.length : tag;
    cut.push(body.subarray(from, to));
    from = to;
  }
  return cut;
};

/**
 * Waits until the page that is being read was painted. The one before it may be asked at first: it goes, or is kept frozen and
 * never answers, and is asked no longer than a moment.
 */
const painted = async (page) => {
  const frames = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(document.readyState))));
  for (let tries = 0; tries < 40; tries += 1) {
    let late;
    const moment = new Promise((done) => (late = setTimeout(done, 200, "late")));
    const state = await Promise.race([page.evaluate(frames).catch(() => "gone"), moment]);
    clearTimeout(late);
    if (state === "loading") return;
  }
};

const whole = async (stream) => {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
};

/**
 * A server before `url` that hands every whole page on in pieces, each after the one before was painted by `page()`.
 * Everything else passes as it is.
 */
export const trickle = async (url, page) => {
  const server = createServer(async (asked, answer) => {
    const navigates = asked.headers["sec-fetch-mode"] === "navigate";
    const headers = navigates ? { ...asked.headers, "accept-encoding": "identity" } : asked.headers;
    const onward = request(new URL(asked.url, url), { method: asked.method, headers });
    asked.pipe(onward);
    onward.on("error", () => answer.destroy());
    const [given] = await once(onward, "response").catch(() => []);
    if (!given) return;
    answer.writeHead(given.statusCode, given.headers);
    if (!navigates || !given.headers["content-type"]?.startsWith("text/html")) return void given.pipe(answer);
    const [first, ...rest] = pieces(await whole(given));
    answer.write(first);
    for (const piece of rest) {
      await painted(page());
      answer.write(piece);
    }
    answer.end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => new Promise((done) => (server.closeAllConnections(), server.close(done))) };
};
