// Node 20 reads no TypeScript: the tests are bundled first, then run by node:test.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = mkdtempSync(join(tmpdir(), "aroeira-front-"));
const tests = readdirSync(join(here, "test")).filter((name) => name.endsWith(".test.ts"));
try {
  await build({
    absWorkingDir: here, entryPoints: tests.map((name) => `test/${name}`), bundle: true, outdir: out, format: "esm", platform: "node",
    outExtension: { ".js": ".mjs" }, logLevel: "warning",
  });
  const built = tests.map((name) => join(out, name.replace(/\.ts$/, ".mjs")));
  process.exitCode = spawnSync(process.execPath, ["--test", ...built], { stdio: "inherit" }).status ?? 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}
