// The code systems and value sets of R4 as two texts of lines, a letter and fields with tabs between, in the order of
// their addresses (src/terminology/tables.rs reads them):
//   terminology   S a code system, K a concept of it with its depth, P a property of that concept;
//                 V a value set, I and X what it includes and excludes, c f v the codes, filters and value sets of that
//   definitions   S a code system, D a concept with its definition, L what it is called in another language

const FILES = ["valuesets.json", "v3-codesystems.json", "v2-tables.json"];
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const line = (...fields) => fields.map((field) => String(field ?? "").replace(/[\t\r\n]+/g, " ")).join("\t");
const prose = (text) => (text ?? "").replace(/\r/g, "").replace(/\\/g, "\\\\").replace(/\n/g, "\\n");

/** A property's value and the letter of its type. */
function valued(property) {
  const [key, value] = Object.entries(property).find(([name]) => name.startsWith("value"));
  const letter = { valueCode: "c", valueString: "s", valueBoolean: "b", valueDateTime: "d", valueInteger: "i" }[key];
  if (!letter) throw new Error(`a property with a ${key}`);
  return [letter, value];
}

function system(resource, lines, prosaic) {
  const { url, version, name, title, content, caseSensitive } = resource;
  lines.push(line("S", url, version, name, title, content, caseSensitive === false ? "i" : "s"));
  prosaic.push(line("S", url));
  const walk = (concepts, depth) => {
    for (const concept of concepts ?? []) {
      lines.push(line("K", depth, concept.code, concept.display));
      for (const property of concept.property ?? []) lines.push(line("P", property.code, ...valued(property)));
      const called = (concept.designation ?? []).filter(({ language }) => language);
      if (concept.definition || called.length) prosaic.push(line("D", concept.code, prose(concept.definition)));
      for (const { language, value } of called) prosaic.push(line("L", language, value));
      walk(concept.concept, depth + 1);
    }
  };
  walk(resource.concept, 0);
}

function valueSet({ url, version, id, name, title, status, compose }, lines) {
  lines.push(line("V", url, version, id, name, title, status));
  for (const [letter, parts] of [["I", compose.include], ["X", compose.exclude]]) {
    for (const part of parts ?? []) {
      lines.push(line(letter, part.system, part.version));
      for (const { code, display } of part.concept ?? []) lines.push(line("c", code, display));
      for (const { property, op, value } of part.filter ?? []) lines.push(line("f", property, op, value));
      for (const other of part.valueSet ?? []) lines.push(line("v", other));
    }
  }
}

/** Both texts. What supplements another code system is left out: only an example of R4 does. */
export function terminology(resources) {
  const all = FILES.flatMap(resources).sort((a, b) => compare(a.url, b.url));
  const lines = [];
  const prosaic = [];
  for (const resource of all) {
    if (resource.resourceType === "CodeSystem" && resource.content !== "supplement") system(resource, lines, prosaic);
    if (resource.resourceType === "ValueSet") valueSet(resource, lines);
  }
  return { terminology: lines.join("\n"), definitions: prosaic.join("\n") };
}
