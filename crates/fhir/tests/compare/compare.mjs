// What npm fhirpath finds by the official expression of each search parameter, as the rows that R4 search (3.1.1.4) asks
// for, compared with the rows of our index; counts and every kind of difference are printed.
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { stale, why } from "./differences.mjs";
import { reader } from "./rows.mjs";

const counts = {};
const differences = new Map();
let known;
let examples = 0;

const note = (difference) => {
  const [rule, text] = why(difference);
  const { direction, kind, type, name, file, row } = difference;
  const key = `${direction} ${kind}: ${rule}`;
  const one = differences.get(key) ?? { text, values: 0, files: new Set(), parameters: new Set(), first: `${file} ${name} ${JSON.stringify(row.value ?? row)}` };
  one.values += 1;
  one.files.add(file);
  one.parameters.add(`${type}.${name}`);
  differences.set(key, one);
};

const compare = ({ file, resource, rows }) => {
  examples += 1;
  const type = resource.resourceType;
  for (const parameter of known.parameters[type]) {
    const { name, kind, expression } = parameter;
    if (!expression || name === "_id" || name === "_lastUpdated") continue;
    const count = (counts[kind] ??= { pairs: 0, present: 0, values: 0, same: 0 });
    count.pairs += 1;
    const expected = known.read(resource, parameter);
    const ours = new Map((rows[name] ?? []).map((row) => [JSON.stringify(row), row]));
    const left = new Map(ours);
    if (expected.found || ours.size) count.present += 1;
    const about = { kind, type, name, file, expression, resource, expected, ours };
    for (const [key, { row, from }] of expected.rows) {
      count.values += 1;
      if (left.delete(key)) count.same += 1;
      else note({ ...about, direction: "missing", row, from });
    }
    for (const row of left.values()) note({ ...about, direction: "extra", row });
    if (expected.failed) note({ ...about, direction: "failed", row: expected.failed });
    if (expected.found && !expected.rows.size && !rows[name]) note({ ...about, direction: "unfiled", row: expected.found });
  }
};

for await (const line of createInterface({ input: createReadStream(process.argv[2]), crlfDelay: Infinity })) {
  const said = JSON.parse(line);
  if (said.parameters) known = { ...said, read: reader(said.ever) };
  else compare(said);
}
console.log(`# ${examples} examples. Of each type of parameter: times one was evaluated, those that found something, values it`);
console.log("# should be found by, and those our index has exactly so. Then each kind of difference, with its reason.");
for (const [kind, count] of Object.entries(counts).sort()) {
  console.log(`${kind}: evaluated ${count.pairs}, present ${count.present}, values ${count.values}, the same ${count.same}`);
}
for (const [key, { text, values, files, parameters, first }] of [...differences].sort(([one], [other]) => (one < other ? -1 : 1))) {
  const named = [...parameters].sort();
  const some = named.length > 4 ? `${named.slice(0, 4).join(", ")} and ${named.length - 4} more` : named.join(", ");
  console.log(`\n${key} -- ${text}\n    ${values} values, ${files.size} examples; ${some}\n    ${first.slice(0, 220)}`);
}
for (const rule of stale()) console.log(`\nUNEXPLAINED why there is a rule that nothing needs: ${rule}`);
