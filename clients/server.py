"""The running server: its FHIR base and a doctor's bearer token, as `cargo xtask test` gives them; and what is made there."""

import os

BASE = os.environ["FHIR_BASE"]
TOKEN = os.environ["FHIR_TOKEN"]
BEARER = {"Authorization": f"Bearer {TOKEN}"}
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"


def weight(patient: str, kilograms: float, tag: str) -> dict:
    """What an Observation of a patient holds; `tag` is an identifier nothing else has."""
    return {
        "status": "final",
        "identifier": [{"system": "urn:aroeira:clients", "value": tag}],
        "category": [
            {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}
        ],
        "code": {"coding": [{"system": LOINC, "code": "29463-7", "display": "Peso corporal"}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": "2026-05-04T10:30:00-03:00",
        "valueQuantity": {"value": kilograms, "unit": "kg", "system": UCUM, "code": "kg"},
    }
