// What every browser test stands on: the real binary on a free port, a real browser, and visitors whose every request,
// console line and policy violation is kept and judged when they leave.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const HERE = dirname(fileURLToPath(import.meta.url));
const TARGET = process.env.CARGO_TARGET_DIR ?? join(HERE, "../target");
export const BINARY = resolve(process.env.AROEIRA_BIN ?? join(TARGET, "debug/aroeira"));
const BROWSER = process.env.CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
export const PASSWORD = "aroeira-demo-1";
export const PHONE = { width: 390, height: 844 };
export const DESKTOP = { width: 1366, height: 768 };
/** What an address may say beside its path: a word of ours, a path of ours, an id. */
const ADDRESSES = {
  done: /^[a-z-]+$/,
  next: /^(\/[\w.-]+)*\/?(\?patient=[0-9a-f-]{36})?$/,
  patient: /^[0-9a-f-]{36}$/,
};

/** Polls until `probe` gives something; there is no other waiting in these tests. */
export const until = async (what, probe, seconds = 30) => {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`);
    await new Promise((next) => setTimeout(next, 50));
  }
};

/** The machine's environment without its own settings of the server, which refuses names it does not know. */
const environment = (limits = {}) => {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("AROEIRA_")));
  for (const name of ["ANONYMOUS", "SIGN_IN", "USER", "WRITE"]) env[`AROEIRA_LIMITS__${name}`] = String(limits[name] ?? 0);
  return env;
};

/**
 * A process that outlives this one: when the pipe to it closes, however this process ended, it ends the server and takes
 * its data away.
 */
const watchdog = (pid, home) => {
  const script = 'read -r _; kill "$1"; while kill -0 "$1"; do sleep 0.1; done; rm -rf "$2"';
  const guard = spawn("sh", ["-c", script, "sh", String(pid), home], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  guard.stdin.on("error", () => {});
  guard.unref();
  guard.stdin.unref?.();
  return guard;
};

const start = async (args, home, env) => {
  const ready = join(home, "ready");
  const child = spawn(BINARY, [...args, "--data", join(home, "data"), "--ready-file", ready], { env, stdio: ["ignore", "ignore", "pipe"] });
  let told = "";
  child.stderr.on("data", (text) => (told = (told + text).slice(-4000)));
  const gone = new Promise((done) => child.once("exit", done));
  const guard = watchdog(child.pid, home);
  const stop = async () => {
    if (child.exitCode === null) child.kill("SIGTERM");
    await gone;
    guard.kill("SIGKILL");
    rmSync(home, { recursive: true, force: true });
  };
  const address = await until("the server", () => {
    assert.equal(child.exitCode, null, `the server ended: ${told}`);
    return existsSync(ready) && readFileSync(ready, "utf8").trim();
  }, 120).catch(async (error) => {
    await stop();
    throw error;
  });
  return { url: `http://${address.split(/\s/)[0]}`, stop };
};

const room = () => {
  assert.ok(existsSync(BINARY), `${BINARY} is missing: cargo build -p aroeira, or set AROEIRA_BIN`);
  return mkdtempSync(join(tmpdir(), "aroeira-e2e-"));
};

/** The demo clinic. Limits are off unless given. */
export const demo = (limits) => start(["demo", "--port", "0"], room(), environment(limits));

/** A clinic with accounts of the same names and nobody in it. */
export const empty = async () => {
  const home = room();
  const env = environment();
  const say = (...args) => {
    const done = spawnSync(BINARY, [...args, "--password-stdin", "--data", join(home, "data")], { env, input: PASSWORD, encoding: "utf8" });
    assert.equal(done.status, 0, done.stderr);
  };
  say("clinic", "add", "demo", "--name", "Clínica nova", "--admin", "admin@demo", "--admin-name", "Helena Prado");
  for (const [role, email, name] of [["DOCTOR", "medica@demo", "Rita Sampaio"], ["NURSE", "enfermagem@demo", "Caio Brandão"], ["RECEPTION", "recepcao@demo", "Tainá Moreira"], ["AUDITOR", "auditoria@demo", "Otávio Lins"]]) {
    say("user", "add", "--clinic", "demo", "--role", role, "--email", email, "--name", name);
  }
  return start(["serve"], home, { ...env, AROEIRA_SERVER__LISTEN: "127.0.0.1:0" });
};

export const browser = () => chromium.launch({ executablePath: BROWSER, args: FLAGS, headless: true });

/** One person with a browser of their own. */
export class Visitor {
  static async enter(chrome, url, options = {}) {
    const visitor = new Visitor();
    visitor.url = url;
    visitor.requests = [];
    visitor.typed = [];
    visitor.faults = [];
    visitor.context = await chrome.newContext({ baseURL: url, locale: "pt-BR", timezoneId: "America/Sao_Paulo", viewport: DESKTOP, reducedMotion: "reduce", ...options });
    visitor.context.setDefaultTimeout(15_000);
    visitor.context.on("request", (request) => visitor.requests.push(request.url()));
    visitor.context.on("console", (line) => {
      // A refused answer is told by the browser itself; tests look at those answers.
      // htmx tells of a search that gave way to a newer one; one that failed it calls sendError, and that counts.
      const told = /^(Failed to load resource|htmx:(sendAbort|afterRequest), )/;
      if (line.type() === "error" && !told.test(line.text())) visitor.faults.push(`console: ${line.text()}`);
    });
    visitor.context.on("weberror", (error) => visitor.faults.push(`script: ${error.error().message}`));
    await visitor.context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
    });
    visitor.page = await visitor.context.newPage();
    return visitor;
  }

  async signIn(email, password = PASSWORD) {
    await this.page.goto("/login");
    await this.page.getByLabel("E-mail").fill(email);
    await this.page.getByLabel("Senha").fill(password);
    await this.page.getByRole("button", { name: "Entrar" }).click();
    return this;
  }

  /** Signs in and waits for the first page. */
  async as(local, password) {
    await this.signIn(`${local}@demo`, password);
    await this.page.locator("header.bar").waitFor();
    return this;
  }

  /** Remembers what is about a patient and must not come up in an address. */
  secret(...texts) {
    this.typed.push(...texts);
    return texts[0];
  }

  async json(path) {
    const answer = await this.context.request.get(path, { headers: { Accept: "application/json" } });
    assert.equal(answer.status(), 200, path);
    return answer.json();
  }

  /** Asks the API to change something, as this visitor. */
  async send(method, path, data, headers = {}) {
    const token = await this.page.locator('meta[name="csrf"]').getAttribute("content");
    const answer = await this.context.request.fetch(path, { method, data, headers: { "X-CSRF-Token": token, Accept: "application/json", ...headers } });
    const text = await answer.text();
    assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${text}`);
    return text && JSON.parse(text);
  }

  async patients() {
    const found = [];
    for (let next = ""; next !== null; ) {
      const page = await this.json(`/api/patients?limit=100${next && `&cursor=${encodeURIComponent(next)}`}`);
      found.push(...page.items);
      next = page.nextCursor ?? null;
    }
    return found;
  }

  /** A patient of their own for a test that changes things. */
  patient(name, more = {}) {
    this.secret(name);
    return this.send("POST", "/api/patients", { name, birthDate: "1984-03-09", sex: "female", ...more });
  }

  record(patientId, title, more = {}) {
    const date = new Date(Date.now() - 3_600_000).toISOString();
    return this.send("POST", "/api/medical-records", { patientId, title, type: "consultation", date, diagnosis: "", treatment: "", notes: "", priority: "NORMAL", status: "final", codes: [], ...more });
  }

  /** Nothing left this host, nothing was refused by the policy, and no address says anything about a patient. */
  judge() {
    assert.deepEqual(this.faults, []);
    for (const text of this.requests.filter((text) => !text.startsWith("data:"))) {
      const url = new URL(text);
      assert.equal(url.origin, this.url, `a request to another host: ${text}`);
      for (const [name, value] of url.searchParams) assert.match(value, ADDRESSES[name] ?? /^(?!)/, `an address says too much: ${url.pathname}?${name}=…`);
      const plain = decodeURIComponent(url.pathname + url.search + url.hash).toLowerCase();
      for (const typed of this.typed.filter((typed) => typed.length > 2)) {
        assert.ok(!plain.includes(typed.toLowerCase()), `an address carries what was typed: ${url.pathname}`);
      }
    }
  }

  async leave() {
    await this.context.close();
  }
}

/** One clinic and one browser for a file of tests; every test brings its own visitors, who are judged at its end. */
export const clinic = (open = demo) => {
  const here = {};
  before(async () => {
    here.server = await open();
    here.browser = await browser();
  });
  after(async () => {
    await here.browser?.close();
    await here.server?.stop();
  });
  return (name, journey) =>
    test(name, async () => {
      const visitors = [];
      const visit = async (options) => {
        const visitor = await Visitor.enter(here.browser, here.server.url, options);
        visitors.push(visitor);
        return visitor;
      };
      try {
        await journey(visit);
        visitors.forEach((visitor) => visitor.judge());
      } finally {
        await Promise.all(visitors.map((visitor) => visitor.leave()));
      }
    });
};

/** A text with its accents taken away. */
export const bare = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Waits until a locator's text matches. */
export const says = async (locator, pattern) => {
  let last = "";
  await until(`${pattern}`, async () => {
    // Between two pages there is nothing to read yet.
    last = (await locator.allInnerTexts().catch(() => [])).join("\n");
    return pattern.test(last);
  }, 15).catch(() => assert.match(last, pattern));
};
