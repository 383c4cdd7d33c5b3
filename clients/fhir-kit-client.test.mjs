// npm fhir-kit-client: every interaction it knows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "fhir-kit-client";
import { BASE, TOKEN, weight } from "./server.mjs";

const client = new Client({ baseUrl: BASE, bearerToken: TOKEN });
const somebody = async () => (await client.search({ resourceType: "Patient", searchParams: { _count: 1 } })).entry[0].resource;
const status = (number) => (error) => {
  assert.equal(error.response?.status, number, error.message);
  assert.equal(error.response.data.resourceType, "OperationOutcome");
  return true;
};

test("the capability statement", async () => {
  const statement = await new Client({ baseUrl: BASE }).capabilityStatement();
  assert.equal(statement.fhirVersion, "4.0.1");
  await assert.rejects(new Client({ baseUrl: BASE }).search({ resourceType: "Patient" }), status(401));
});

test("reads and versions", async () => {
  const patient = await somebody();
  assert.deepEqual(await client.read({ resourceType: "Patient", id: patient.id }), patient);
  const version = patient.meta.versionId;
  assert.deepEqual(await client.vread({ resourceType: "Patient", id: patient.id, version }), patient);
  await assert.rejects(client.read({ resourceType: "Patient", id: "nobody-has-this-id" }), status(404));
  await assert.rejects(client.read({ resourceType: "Patiente", id: "1" }), status(404));
});

test("a search, forward and by POST", async () => {
  const patient = await somebody();
  const searchParams = { "family:exact": patient.name[0].family, _total: "accurate" };
  const got = await client.search({ resourceType: "Patient", searchParams });
  const posted = await client.search({ resourceType: "Patient", searchParams, options: { postSearch: true } });
  assert.ok(got.total > 0);
  assert.deepEqual(posted.entry, got.entry);
  const seen = [];
  let page = await client.search({ resourceType: "Patient", searchParams: { _count: 70, _total: "accurate" } });
  const { total } = page;
  while (page) {
    seen.push(...page.entry.map((entry) => entry.resource.id));
    page = await client.nextPage({ bundle: page });
  }
  assert.deepEqual([seen.length, new Set(seen).size], [total, total]);
  const all = await client.search({ searchParams: { _type: "Patient,Practitioner", _count: 3 } });
  assert.equal(all.entry.length, 3);
  await assert.rejects(client.search({ resourceType: "Patient", searchParams: { colour: "red" } }), status(400));
});

test("a compartment holds what belongs to its record", async () => {
  const { id } = await somebody();
  const within = { resourceType: "Composition", compartment: { resourceType: "Patient", id } };
  const found = await client.compartmentSearch(within);
  const plain = await client.search({ resourceType: "Composition", searchParams: { patient: id } });
  assert.deepEqual([found.total, found.entry?.length], [plain.total, plain.entry?.length]);
  assert.ok((found.entry ?? []).every(({ resource }) => resource.subject.reference === `Patient/${id}`));
});

test("a resource from its making to its end", async () => {
  const patient = await somebody();
  const resourceType = "Observation";
  const made = await client.create({ resourceType, body: weight(patient.id, 70, "fhir-kit-client") });
  const { id } = made;
  assert.equal(Client.httpFor(made).response.status, 201);
  const again = await client.update({ resourceType, id, body: { ...made, status: "amended" } });
  assert.deepEqual([again.status, again.meta.versionId], ["amended", "2"]);
  const stale = { headers: { "If-Match": 'W/"1"' } };
  await assert.rejects(client.update({ resourceType, id, body: made, options: stale }), status(412));
  const jsonPatch = [
    { op: "test", path: "/status", value: "amended" },
    { op: "replace", path: "/valueQuantity/value", value: 70.5 },
    { op: "add", path: "/note", value: [{ text: "balança nova" }] },
  ];
  const patched = await client.patch({ resourceType, id, jsonPatch });
  assert.deepEqual([patched.valueQuantity.value, patched.note[0].text], [70.5, "balança nova"]);
  const wrong = [{ op: "test", path: "/status", value: "final" }];
  await assert.rejects(client.patch({ resourceType, id, jsonPatch: wrong }), status(422));
  const where = { identifier: "urn:aroeira:clients|fhir-kit-client" };
  const { id: _, ...anew } = patched;
  const conditional = await client.update({ resourceType, searchParams: where, body: { ...anew, status: "corrected" } });
  assert.deepEqual([conditional.id, conditional.status], [id, "corrected"]);
  const history = await client.history({ resourceType, id });
  assert.deepEqual(history.entry.map((entry) => entry.request.method), ["PUT", "PUT", "PUT", "POST"]);
  await client.delete({ resourceType, id });
  await assert.rejects(client.read({ resourceType, id }), status(410));
  assert.equal((await client.vread({ resourceType, id, version: "1" })).valueQuantity.value, 70);
});

test("histories of a type and of all", async () => {
  for (const asked of [{ resourceType: "Patient" }, {}]) {
    const history = await client.history({ ...asked, options: { headers: {} } });
    assert.deepEqual([history.type, history.entry.length > 0], ["history", true]);
  }
});

test("a batch and a transaction", async () => {
  const patient = await somebody();
  const made = { resource: { resourceType: "Basic", code: { text: "Nota" } }, request: { method: "POST", url: "Basic" } };
  const batch = await client.batch({ body: { resourceType: "Bundle", type: "batch", entry: [
    { request: { method: "GET", url: `Patient/${patient.id}` } }, { request: { method: "GET", url: "Patient/none" } }, made] } });
  assert.deepEqual(batch.entry.map((entry) => entry.response.status.slice(0, 3)), ["200", "404", "201"]);
  const fullUrl = "urn:uuid:0a4ae4b9-8c4c-4b0a-9b0e-0f4d0c1f0b11";
  const encounter = { resourceType: "Encounter", status: "finished", subject: { reference: `Patient/${patient.id}` },
    class: { system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code: "AMB" } };
  const observation = { ...weight(patient.id, 71, "fhir-kit-client-transaction"), encounter: { reference: fullUrl } };
  const body = { resourceType: "Bundle", type: "transaction", entry: [
    { fullUrl, resource: encounter, request: { method: "POST", url: "Encounter" } },
    { resource: observation, request: { method: "POST", url: "Observation" } }] };
  const done = await client.transaction({ body });
  const [at, of] = done.entry.map((entry) => entry.response.location.split("/_history/")[0].split("/").slice(-2));
  const read = await client.read({ resourceType: of[0], id: of[1] });
  assert.equal(read.encounter.reference, at.join("/"));
  body.entry[1].resource = { ...observation, status: "nonsense" };
  await assert.rejects(client.transaction({ body }), status(422));
  const ended = [of, at].map(([type, id]) => ({ request: { method: "DELETE", url: `${type}/${id}` } }));
  await client.transaction({ body: { resourceType: "Bundle", type: "transaction", entry: ended } });
});

test("operations", async () => {
  const patient = await somebody();
  const everything = await client.operation({ name: "everything", resourceType: "Patient", id: patient.id, method: "get" });
  assert.equal(everything.entry[0].resource.id, patient.id);
  const validated = await client.operation({ name: "$validate", resourceType: "Observation", input: weight(patient.id, 1, "x") });
  assert.equal(validated.resourceType, "OperationOutcome");
  const wrong = await client.operation({ name: "validate", resourceType: "Observation", input: { resourceType: "Observation" } });
  assert.ok(wrong.issue.some((issue) => issue.severity === "error"));
  const input = { system: "http://hl7.org/fhir/administrative-gender", code: "female" };
  const looked = await client.operation({ name: "lookup", resourceType: "CodeSystem", method: "get", input });
  assert.equal(looked.parameter.find((one) => one.name === "display").valueString, "Female");
});
