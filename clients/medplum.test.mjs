// npm @medplum/core: its client, told where the base is and given a token.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MedplumClient, normalizeErrorString } from "@medplum/core";
import { BASE, TOKEN, weight } from "./server.mjs";

const { origin, pathname } = new URL(BASE);
const enter = (accessToken = TOKEN) => new MedplumClient({ baseUrl: origin, fhirUrlPath: pathname.slice(1), accessToken, cacheTime: 0 });
const medplum = enter();
const somebody = () => medplum.searchOne("Patient", { _count: 1 });
const issue = (code) => (error) => {
  assert.equal(error.outcome?.resourceType, "OperationOutcome", normalizeErrorString(error));
  assert.equal(error.outcome.issue[0].code, code);
  return true;
};

test("reads and versions", async () => {
  const patient = await somebody();
  assert.deepEqual({ ...(await medplum.readResource("Patient", patient.id)) }, { ...patient });
  assert.equal((await medplum.readReference({ reference: `Patient/${patient.id}` })).id, patient.id);
  assert.equal((await medplum.readVersion("Patient", patient.id, patient.meta.versionId)).id, patient.id);
  await assert.rejects(medplum.readResource("Patient", "3d6f1a52-0000-4000-8000-000000000000"), issue("not-found"));
});

test("searches and their pages", async () => {
  const patient = await somebody();
  const family = patient.name[0].family;
  const named = await medplum.searchResources("Patient", { "family:exact": family, _count: 100 });
  assert.ok(named.some((one) => one.id === patient.id) && named.every((one) => one.name[0].family === family));
  const counted = await medplum.search("Patient", { _summary: "count" });
  const seen = new Set();
  for await (const page of medplum.searchResourcePages("Patient", { _count: 70, _sort: "birthdate" })) {
    for (const one of page) seen.add(one.id);
  }
  assert.equal(seen.size, counted.total);
  const bundle = await medplum.search("Composition", `patient=${patient.id}&_include=Composition:subject&_count=2`);
  assert.deepEqual(bundle.entry.map((entry) => entry.search.mode), ["match", "match", "include"]);
  await assert.rejects(medplum.search("Patient", "colour=red"), issue("not-supported"));
});

test("a resource from its making to its end", async () => {
  const patient = await somebody();
  const made = await medplum.createResource(weight(patient.id, 60, "medplum"));
  assert.equal(made.meta.versionId, "1");
  const query = "identifier=urn:aroeira:clients|medplum";
  const again = await medplum.createResourceIfNoneExist(weight(patient.id, 61, "medplum"), query);
  assert.equal(again.id, made.id);
  const changed = await medplum.updateResource({ ...made, status: "amended" });
  assert.deepEqual([changed.status, changed.meta.versionId], ["amended", "2"]);
  // Nothing changed: this client takes 304, and the same resource, alike.
  assert.equal((await medplum.updateResource({ ...changed })).id, made.id);
  const patched = await medplum.patchResource("Observation", made.id, [
    { op: "test", path: "/status", value: "amended" },
    { op: "replace", path: "/valueQuantity/value", value: 60.25 },
  ]);
  assert.equal(patched.valueQuantity.value, 60.25);
  await assert.rejects(medplum.patchResource("Observation", made.id, [{ op: "remove", path: "/nothing" }]), (error) => Boolean(error.outcome));
  const upserted = await medplum.upsertResource({ ...weight(patient.id, 62, "medplum"), id: made.id }, query);
  assert.deepEqual([upserted.id, upserted.valueQuantity.value], [made.id, 62]);
  const history = await medplum.readHistory("Observation", made.id);
  assert.equal(history.type, "history");
  assert.equal(history.entry.at(-1).resource.valueQuantity.value, 60);
  await medplum.deleteResource("Observation", made.id);
  await assert.rejects(medplum.readResource("Observation", made.id), (error) => Boolean(error.outcome));
});

test("a batch, and what it makes of several reads at once", async () => {
  const patient = await somebody();
  const body = { resourceType: "Bundle", type: "transaction", entry: [
    { fullUrl: "urn:uuid:4f1c2c0e-6f0a-4b86-9a65-5f2f3c1b7a10", resource: { resourceType: "Basic", code: { text: "Nota" }, subject: { reference: `Patient/${patient.id}` } }, request: { method: "POST", url: "Basic" } },
    { request: { method: "GET", url: `Patient/${patient.id}` } }] };
  const done = await medplum.executeBatch(body);
  assert.deepEqual([done.type, done.entry[1].resource.id], ["transaction-response", patient.id]);
  const basic = done.entry[0].response.location.match(/Basic\/[^/]+/)[0];
  // With a time to gather them in, reads go as one batch.
  const gathering = new MedplumClient({ baseUrl: origin, fhirUrlPath: pathname.slice(1), accessToken: TOKEN, cacheTime: 0, autoBatchTime: 20 });
  const [one, other, none] = await Promise.allSettled([
    gathering.readReference({ reference: `Patient/${patient.id}` }),
    gathering.readReference({ reference: basic }),
    gathering.readReference({ reference: "Basic/3d6f1a52-0000-4000-8000-000000000000" }),
  ]);
  assert.deepEqual([one.value?.id, other.value?.subject.reference], [patient.id, `Patient/${patient.id}`]);
  assert.equal(none.status, "rejected");
  await medplum.deleteResource(...basic.split("/"));
});

test("operations", async () => {
  const patient = await somebody();
  const everything = await medplum.readPatientEverything(patient.id);
  assert.equal(everything.entry[0].resource.id, patient.id);
  const outcome = await medplum.validateResource(weight(patient.id, 1, "medplum"));
  assert.ok(outcome.issue.every((one) => one.severity !== "error"));
  const expanded = await medplum.valueSetExpand({ url: "http://hl7.org/fhir/ValueSet/administrative-gender" });
  assert.deepEqual(expanded.expansion.contains.map((one) => one.code).sort(), ["female", "male", "other", "unknown"]);
});

test("without a token nothing is read", async () => {
  await assert.rejects(enter("nothing").searchOne("Patient"), (error) => Boolean(error.outcome));
});
