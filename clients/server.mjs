// The running server: its FHIR base and a doctor's bearer token, as `cargo xtask test` gives them; and what is made there.
import assert from "node:assert/strict";

assert.ok(process.env.FHIR_BASE && process.env.FHIR_TOKEN, "FHIR_BASE and FHIR_TOKEN are given by `cargo xtask test`");
export const BASE = process.env.FHIR_BASE;
export const TOKEN = process.env.FHIR_TOKEN;

/** An Observation of a patient; `tag` is an identifier nothing else has. */
export const weight = (patient, kilograms, tag) => ({
  resourceType: "Observation",
  status: "final",
  identifier: [{ system: "urn:aroeira:clients", value: tag }],
  code: { coding: [{ system: "http://loinc.org", code: "29463-7", display: "Peso corporal" }] },
  subject: { reference: `Patient/${patient}` },
  effectiveDateTime: "2026-05-04T10:30:00-03:00",
  valueQuantity: { value: kilograms, unit: "kg", system: "http://unitsofmeasure.org", code: "kg" },
});
