// Every kind of difference that is known, with the reason why it stands. What no rule knows is UNEXPLAINED, and fails.

/** Characters of a string that one row of the index keeps. */
const KEPT = 4000;

const strings = ({ expected }) => [...expected.rows.values()].map(({ row }) => row[1]);
const digits = (text) => text.replace(/\D/g, "");
const isLong = (text) => [...text].length > KEPT;
const names = ({ resource }) => [resource.name].flat().filter((name) => typeof name === "object");
const isContact = ({ expected }) => expected.found?.type === "ContactPoint";
const found = ({ row }) => row.value;

/** Name, test, reason. */
const RULES = [
  ["missing string", "longer than a row", (d) => isLong(d.row[1]) && [...d.ours.values()].some((row) => row[1].endsWith("\u0001")),
    "A string of more than 4,000 characters stands in several rows, each beginning before the one before it ends."],
  ["extra string", "the first of what is longer", (d) => d.row[1].endsWith("\u0001") && strings(d).some(isLong),
    "The other side of it: the first 4,000 characters, folded."],
  ["extra string", "a name as it is called", (d) => names(d).some((name) => [...(name.given ?? []), ...[name.family ?? []].flat()].join(" ") === d.row[1]),
    "\"Given family\" is filed as one string beside the parts of a HumanName, so that who types a whole name finds it."],
  ["extra token", "a ContactPoint under its system", (d) => isContact(d) && d.row[1] !== "",
    "Filed with its system, so that phone|... finds it; a search without a system does too. R4 leaves it to the server."],
  ["missing token", "a ContactPoint without its system", isContact,
    "The other side of it: the row without a system is the row with it."],
  ["extra token", "the digits of a telephone number", (d) => isContact(d) && [...d.expected.rows.values()].some(({ row }) => digits(row[2]) === d.row[2]),
    "A telephone number is found however it is punctuated, as R4 lets a server do."],
  ["unfiled token", "a concept without a code", (d) => d.row.type === "CodeableConcept" && ![found(d).coding ?? []].flat().some((coding) => coding.code),
    "A text or a display alone is no code: it is found by :text, and is there to :missing."],
  ["unfiled token", "an Identifier without a value", (d) => d.row.type === "Identifier" && found(d).value === undefined,
    "There is nothing to find it by."],
  ["extra reference", "there, and leading nowhere", (d) => d.row[0] === "token" && !d.row[2] && Boolean(d.expected.found),
    "A reference of a display alone, or to what is contained, is found by nothing; an empty row says for :missing that one is there."],
  ["extra reference", "of a type that it does not name", (d) => d.expression.includes("resolve()") && d.row[0] === "token",
    "`resolve() is Patient` of a reference that names no type (contained, or by identifier): it may be one, and is filed as one."],
  ["unfiled reference", "a canonical to what is contained", (d) => String(found(d)).startsWith("#"),
    "What is contained is no resource that could be asked for."],
  ["unfiled reference", "a resource where a reference is meant", (d) => Boolean(found(d).resourceType),
    "Bundle.entry[0].resource is a resource, no reference; what a Bundle holds is not found by the Bundle."],
  ["unfiled date", "a Timing without dates", (d) => d.row.type === "Timing" && !found(d).event && !found(d).repeat?.boundsPeriod,
    "It repeats, and says no when."],
  ["unfiled date", "a date that is none", (d) => typeof found(d) === "string" && !/^\d{4}(-|$)/.test(found(d)),
    "Written in words (Immunization.occurrenceString)."],
  ["unfiled quantity", "SampledData", (d) => d.row.type === "SampledData",
    "Many values of a curve have no one value."],
  ["missing composite", "two others put together", (d) => d.type === "Observation" && d.name.startsWith("combo-"),
    "It has no rows of its own: it is searched as code-value-... and component-code-value-... together."],
  ["failed quantity", "a union that the evaluator cannot make", (d) => /comparator/.test(d.row),
    "`A | B` compares what it joins, and the evaluator compares no Quantity with a comparator; our paths join nothing."],
  ["extra quantity", "lost by the evaluator's union", (d) => d.expression.includes("|") && d.expected.failed !== undefined,
    "The other side of it: what our index finds where the evaluator ended."],
  ["extra quantity", "equal to the evaluator's union", (d) => d.expression.includes("|") && d.row[2] === "g" && Math.abs(d.row[3]) < 1e-20,
    "`A | B` joins what is equal, and to the evaluator two quantities are that differ by next to nothing."],
];

const used = new Set();
/** Rules that nothing needs any more. */
export const stale = () => RULES.filter((rule) => !used.has(rule)).map(([side, name]) => `${side}: ${name}`);

/** Which kind of difference it is, and why it stands. */
export const why = (difference) => {
  const of = `${difference.direction} ${difference.kind}`;
  const rule = RULES.find(([side, , test]) => side === of && test(difference));
  if (rule) {
    used.add(rule);
    return [rule[1], rule[3]];
  }
  const value = JSON.stringify(difference.from?.value ?? difference.row?.value ?? difference.row);
  return [`${difference.type}.${difference.name} UNEXPLAINED`, value.slice(0, 200)];
};
