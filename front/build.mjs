// Bundles the islands and the style sheet, names each file by its hash, compresses it once and for all, and writes
// `manifest.json`: what the server's build embeds. Usage: node build.mjs [directory]
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "dist");
const budgets = { "app.js": 45_000, "style.css": 20_000 };

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const bundled = await build({
  absWorkingDir: here,
  entryPoints: { app: "src/app.ts", style: "style/style.css" },
  bundle: true,
  minify: true,
  write: false,
  outdir: "out",
  target: ["chrome123", "firefox121", "safari17.5"],
  format: "iife",
  legalComments: "none",
  logLevel: "warning",
});

const files = bundled.outputFiles.map((file) => [file.path.split(/[\\/]/).pop(), Buffer.from(file.contents)]);
for (const name of readdirSync(join(here, "static"))) files.push([name, readFileSync(join(here, "static", name))]);

const manifest = [];
for (const [name, bytes] of files.sort(([a], [b]) => (a < b ? -1 : 1))) {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  const dot = name.lastIndexOf(".");
  const hashed = `${name.slice(0, dot)}.${hash}${name.slice(dot)}`;
  const br = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  const gz = gzipSync(bytes, { level: 9 });
  writeFileSync(join(out, hashed), bytes);
  writeFileSync(join(out, `${hashed}.br`), br);
  writeFileSync(join(out, `${hashed}.gz`), gz);
  manifest.push({ name, file: hashed, hash, size: bytes.length, gzip: gz.length, brotli: br.length });
  if (gz.length > (budgets[name] ?? Infinity)) throw new Error(`${name}: ${gz.length} bytes compressed, over its budget of ${budgets[name]}`);
}
writeFileSync(join(out, "manifest.json"), JSON.stringify(manifest, null, 1));
if (!process.argv[2]) console.table(manifest.map(({ name, size, gzip, brotli }) => ({ name, size, gzip, brotli })));
