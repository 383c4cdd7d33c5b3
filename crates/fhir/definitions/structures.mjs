// The types, resources and constraints of R4 as lines of text (src/validate/definitions.rs reads them).

const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** Checked by hand on every element, resource or extension (`src/validate/`), and so kept out of the lists. */
const UNIVERSAL = /^(ele-1|ext-1|dom-[2-6])$/;

/** The types that an element may have: of a reference its targets behind it, of an id or URL what R4 says it is. */
function typesOf(element) {
  return (element.type ?? []).map(({ code, extension, profile = [], targetProfile = [] }) => {
    const own = extension?.find(({ url }) => url.endsWith("/structuredefinition-fhir-type"));
    const name = own?.valueUrl ?? profile[0]?.replace(/^.*\//, "") ?? code;
    return [name, ...targetProfile.map((url) => url.replace(/^.*\//, "")).sort(compare)];
  });
}

/** An element as the binary knows it: "[x]" marks a choice; what is not given, and min 0 and max 1, are left out. */
function described(element, constraintsOf) {
  const name = element.path.replace(/^.*\./, "");
  const own = constraintsOf(element);
  return {
    n: name,
    m: element.min || undefined,
    x: element.max === "1" ? undefined : element.max,
    t: element.contentReference ? undefined : typesOf(element),
    r: element.contentReference?.replace(/^.*#/, ""),
    b: element.binding?.valueSet && [element.binding.strength, element.binding.valueSet],
    i: own.length ? own : undefined,
    s: element.isSummary || undefined,
    d: element.isModifier || undefined,
  };
}

/**
 * Every type and resource of R4: a line with the constraints, then one for each type, its name and a tab before what it
 * is. Its structures stand by their path, each with its constraints and the elements that it does not inherit.
 */
export function structures(resources) {
  const constraints = new Map();
  const constraintsOf = (element) =>
    (element.constraint ?? [])
      .filter(({ key, expression }) => expression && !UNIVERSAL.test(key))
      .map(({ key, severity, human, expression }) => {
        const text = JSON.stringify([key, severity, human, expression]);
        if (!constraints.has(text)) constraints.set(text, constraints.size);
        return constraints.get(text);
      });
  const lines = [];
  const all = ["profiles-types.json", "profiles-resources.json"].flatMap(resources);
  for (const definition of all.sort((a, b) => compare(a.id, b.id))) {
    if (definition.resourceType !== "StructureDefinition" || definition.kind === "logical") continue;
    const inline = {};
    for (const element of definition.snapshot.element) {
      const parent = element.path.replace(/\.[^.]*$/, "");
      if (parent === element.path) inline[parent] = { i: constraintsOf(element), f: [] };
      else if (element.base.path === element.path) {
        inline[parent] ??= { f: [] };
        inline[parent].f.push(described(element, constraintsOf));
      }
    }
    const base = definition.derivation === "constraint" ? definition.type : definition.baseDefinition?.replace(/^.*\//, "");
    const kind = definition.kind.replace("-type", "");
    lines.push(`${definition.id}\t${JSON.stringify({ kind, base, abstract: definition.abstract || undefined, inline })}\n`);
  }
  return `[${[...constraints.keys()].join(",")}]\n${lines.join("")}`;
}
