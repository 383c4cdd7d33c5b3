// The values at an official expression, found by npm fhirpath, and the rows they are to be found by. Written from the text
// of R4 search, 3.1.1.4, without a look at the index.
import fhirpath from "fhirpath";
import r4 from "fhirpath/fhir-context/r4/index.js";

const compiled = new Map();
/** `resolve()` needs a server; what a reference says of its type is enough for the definitions. */
const names = ({ reference = "", type }, kind) => (type ? type === kind : new RegExp(`(^|/)${kind}/[^/]+(/_history/[^/]+)?$`).test(reference));
const options = {
  userInvocationTable: {
    leadsTo: { fn: (inputs, kind) => inputs.map((one) => names(one.data ?? one, kind)), arity: { 1: ["String"] } },
  },
};
/** R4 writes `as`, which FHIRPath allows of one item alone, where R5 writes `ofType`; and two types with a capital. */
const written = (expression) => {
  const type = (name) => (name === "DateTime" || name === "Uri" ? name[0].toLowerCase() + name.slice(1) : name);
  return expression
    .replace(/\(([\w.()='-]+) as (\w+)\)/g, (_, path, name) => `${path}.ofType(${type(name)})`)
    .replace(/([\w.]+) as (\w+)/g, (_, path, name) => `${path}.ofType(${type(name)})`)
    .replace(/\.as\((\w+)\)/g, (_, name) => `.ofType(${type(name)})`)
    .replace(/resolve\(\) is (\w+)/g, "leadsTo('$1')");
};
const evaluate = (value, expression, base) => {
  const key = `${base ?? ""} ${expression}`;
  if (!compiled.has(key)) {
    const text = written(expression);
    compiled.set(key, fhirpath.compile(base ? { base, expression: text } : text, r4, options));
  }
  const found = compiled.get(key)(value);
  const types = fhirpath.types(found);
  return found.map((one, at) => ({ value: one, type: types[at].replace(/^(FHIR|System)\./, ""), path: one?.__path__ }));
};

const list = (value) => (value === undefined ? [] : [value].flat());
const texts = (value, type) => {
  const parts = {
    HumanName: ["text", "family", "given", "prefix", "suffix"],
    Address: ["text", "line", "city", "district", "state", "postalCode", "country"],
  }[type];
  return (parts ? parts.flatMap((part) => list(value[part])) : [value]).map((text) => ["string", text]);
};
const tokens = (value, type) => {
  if (typeof value === "string" || typeof value === "boolean") return [["token", "", String(value)]];
  if (type === "CodeableConcept") return list(value.coding).flatMap((coding) => tokens(coding, "Coding"));
  if (type === "Coding") return value.code ? [["token", value.system ?? "", value.code]] : [];
  if (type === "Identifier") return value.value ? [["token", value.system ?? "", value.value]] : [];
  if (type === "ContactPoint") return value.value ? [["token", "", value.value]] : [];
  return [];
};
const DATE = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d))?)?)?$/;
/** From a date to before the next of its precision, in UTC. */
const span = (text) => {
  const [, year, month, day, hour, , , fraction] = DATE.exec(text) ?? [];
  const utc = (...parts) => { const at = new Date(0); at.setUTCFullYear(...parts); return at.getTime(); };
  if (hour !== undefined) return [Date.parse(text), Date.parse(text) + (fraction ? 1 : 1000)];
  if (day !== undefined) return [utc(year, month - 1, day), utc(year, month - 1, +day + 1)];
  if (month !== undefined) return [utc(year, month - 1, 1), utc(year, +month, 1)];
  return year === undefined ? undefined : [utc(year, 0, 1), utc(+year + 1, 0, 1)];
};
const dates = (value, type, ever) => {
  if (typeof value === "string") return span(value) ? [["date", ...span(value)]] : [];
  if (type === "Period") {
    const [start, end] = [value.start && span(value.start), value.end && span(value.end)];
    return start || end ? [["date", start?.[0] ?? ever[0], end?.[1] ?? ever[1]]] : [];
  }
  if (type === "Timing") {
    const events = list(value.event).map(span);
    if (events.length) return [["date", Math.min(...events.map(([low]) => low)), Math.max(...events.map(([, high]) => high))]];
    return value.repeat?.boundsPeriod ? dates(value.repeat.boundsPeriod, "Period", ever) : [];
  }
  return [];
};
const references = (value, type) => {
  const identified = value.identifier && !value.resourceType && value.identifier.value ? [["token", value.identifier.system ?? "", value.identifier.value]] : [];
  const text = typeof value === "string" ? value : value.reference;
  if (typeof text !== "string" || text.startsWith("#")) return identified;
  const [local, kind, id] = /^([A-Z]\w+)\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[^/]+)?$/.exec(text) ?? [];
  if (local) return [...identified, ["reference", kind, id]];
  const bare = typeof value === "string" && text.includes("|") ? [["reference", "", text.split("|")[0]]] : [];
  return [...identified, ["reference", "", text], ...bare];
};
const { MAX_VALUE } = Number;
const limits = ({ value, comparator }) => {
  const number = Number(value);
  if (/</.test(comparator)) return [-MAX_VALUE, number];
  return />/.test(comparator) ? [number, MAX_VALUE] : [number, number];
};
const ranged = (value, type) => {
  if (type !== "Range") return value.value === undefined ? undefined : { ends: limits(value), unit: value };
  const { low, high } = value;
  if (low?.value === undefined && high?.value === undefined) return undefined;
  return { ends: [low?.value ?? -MAX_VALUE, high?.value ?? MAX_VALUE], unit: low ?? high };
};
const numbers = (value, type) => {
  if (typeof value === "number") return [["number", value, value]];
  const range = ranged(value, type);
  return range ? [["number", ...range.ends]] : [];
};
const quantities = (value, type) => {
  const range = ranged(value, type);
  if (!range) return [];
  const { unit, ends } = range;
  if (type === "Money") return [["quantity", "urn:iso:std:iso:4217", unit.currency ?? "", ...ends]];
  return [unit.code ? ["quantity", unit.system ?? "", unit.code, ...ends] : ["quantity", "", unit.unit ?? "", ...ends]];
};
const places = ({ latitude, longitude }) => (latitude === undefined || longitude === undefined ? [] : [["special", latitude, longitude]]);

const rowsOf = ({ value, type }, kind, ever) => {
  if (value === null || value === undefined) return [];
  switch (kind) {
    case "string": return texts(value, type);
    case "token": return tokens(value, type);
    case "date": return dates(value, type, ever);
    case "reference": return references(value, type);
    case "number": return numbers(value, type);
    case "quantity": return quantities(value, type);
    case "uri": return [["uri", value]];
    default: return places(value);
  }
};

/** Reads the rows of a parameter: `rows` by their text, with what each comes `from`; `found`, a value, where there is any. */
export const reader = (ever) => (resource, { kind, expression, parts }) => {
  const rows = new Map();
  const add = (row, from) => rows.set(JSON.stringify(row), { row, from });
  let found;
  let failed;
  try {
    for (const value of evaluate(resource, expression)) {
      if (kind !== "composite") {
        found ??= value;
        for (const row of rowsOf(value, kind, ever)) add(row, value);
        continue;
      }
      const values = parts.map((part) => {
        const root = /^%resource\.(.*)/.exec(part.expression);
        if (root) return evaluate(resource, `${resource.resourceType}.${root[1]}`).flatMap((one) => rowsOf(one, part.kind, ever));
        const within = value.value.resourceType ? evaluate(resource, part.expression) : evaluate(value.value, part.expression, value.path?.path ?? value.type);
        return within.flatMap((one) => rowsOf(one, part.kind, ever));
      });
      const every = values.reduce((all, some) => all.flatMap((one) => some.map((other) => [...one, other])), [[]]);
      for (const one of every) add(["composite", ...one], value);
    }
  } catch (error) {
    failed = error.message;
  }
  return { rows, found, failed };
};
