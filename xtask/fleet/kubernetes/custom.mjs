// Kinds that operators add, against the schemas of npm's @kubernetes-models, which were generated from the operators' own
// definitions. They do not refuse fields that nobody knows: `shapes.json` lists those that we write.
//
//     node custom.mjs CUSTOM.json      [[where, object], ...]; those that no package knows are looked at by shapes.json alone
import { readFileSync } from "node:fs";

const PACKAGES = {
  "argoproj.io": "argo-cd",
  "cert-manager.io": "cert-manager",
  "external-secrets.io": "external-secrets",
  "traefik.io": "traefik",
};
let faults = 0;
let seen = 0;
for (const [where, object] of JSON.parse(readFileSync(process.argv[2], "utf8"))) {
  const [group, version] = object.apiVersion.split("/");
  const name = PACKAGES[group];
  if (!name) continue;
  const all = await import(`@kubernetes-models/${name}/${group}/${version}`);
  const Kind = all[object.kind];
  try {
    if (!Kind) throw new Error(`${object.apiVersion} has no ${object.kind}`);
    new Kind(object).validate();
    seen += 1;
  } catch (error) {
    faults += 1;
    if (faults < 20) console.error(`${where}: ${object.kind} ${object.metadata.name}: ${error.message}`);
  }
}
console.log(`${seen} objects hold to their schemas, ${faults} do not`);
process.exit(faults ? 1 : 0);
