"""PyPI fhirclient (SMART): its models read every answer strictly, and its session carries the bearer token."""

import unittest

from fhirclient import server as smart
from fhirclient.models.basic import Basic
from fhirclient.models.composition import Composition
from fhirclient.models.encounter import Encounter
from fhirclient.models.observation import Observation
from fhirclient.models.patient import Patient

import server


class Client(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.smart = smart.FHIRServer(None, base_uri=server.BASE)
        cls.smart.session.headers.update(server.BEARER)
        cls.patient = next(Patient.where({"_count": "1"}).perform_resources_iter(cls.smart))

    @classmethod
    def tearDownClass(cls):
        cls.smart.session.close()

    def test_the_capability_statement(self):
        statement = self.smart.capabilityStatement
        self.assertEqual(statement.fhirVersion, "4.0.1")
        kinds = {resource.type: resource for resource in statement.rest[0].resource}
        self.assertIn("family", {parameter.name for parameter in kinds["Patient"].searchParam})

    def test_a_patient_is_read(self):
        read = Patient.read(self.patient.id, self.smart)
        self.assertEqual(read.as_json(), self.patient.as_json())
        with self.assertRaises(smart.FHIRNotFoundException):
            Patient.read("nobody-has-this-id", self.smart)

    def test_without_a_token_nothing_is_read(self):
        stranger = smart.FHIRServer(None, base_uri=server.BASE)
        self.addCleanup(stranger.session.close)
        with self.assertRaises(smart.FHIRUnauthorizedException):
            Patient.read(self.patient.id, stranger)

    def test_a_search_by_family_name(self):
        family = self.patient.name[0].family
        found = list(Patient.where({"family:exact": family}).perform_resources_iter(self.smart))
        self.assertIn(self.patient.id, [patient.id for patient in found])
        self.assertEqual({patient.name[0].family for patient in found}, {family})

    def test_pages_hold_everybody_once(self):
        pages = list(Patient.where({"_count": "70", "_total": "accurate"}).perform_iter(self.smart))
        found = [entry.resource.id for page in pages for entry in page.entry]
        self.assertEqual(len(found), pages[0].total)
        self.assertEqual(len(set(found)), len(found))
        self.assertGreater(len(pages), 2)

    def test_an_include(self):
        search = Composition.where({"patient": self.patient.id, "_count": "5"}).include("subject")
        page = next(search.perform_iter(self.smart))
        kinds = {entry.resource.resource_type: entry.search.mode for entry in page.entry}
        self.assertEqual(kinds, {"Composition": "match", "Patient": "include"})

    def test_an_observation_from_its_making_to_its_end(self):
        made = Observation(server.weight(self.patient.id, 71.5, "fhirclient"))
        answer = made.create(self.smart)
        self.assertEqual(answer["meta"]["versionId"], "1")
        # By patient and code, as a client of the SMART kind asks.
        by = {"patient": self.patient.id, "code": f"{server.LOINC}|29463-7", "date": {"$and": ["ge2026-05-04", "le2026-05-04"]}}
        found = list(Observation.where(by).perform_resources_iter(self.smart))
        self.assertIn(answer["id"], [observation.id for observation in found])

        kept = Observation.read(answer["id"], self.smart)
        kept.valueQuantity.value = 72.25
        kept.update(self.smart)
        again = Observation.read(kept.id, self.smart)
        self.assertEqual((again.valueQuantity.value, again.meta.versionId), (72.25, "2"))
        again.delete(self.smart)
        with self.assertRaises(Exception) as gone:
            Observation.read(kept.id, self.smart)
        self.assertEqual(gone.exception.response.status_code, 410)

    def test_a_basic_and_an_encounter(self):
        for made in [
            Basic({"code": {"text": "Anotação"}, "subject": {"reference": f"Patient/{self.patient.id}"}}),
            Encounter({
                "status": "finished",
                "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
                "subject": {"reference": f"Patient/{self.patient.id}"},
            }),
        ]:
            answer = made.create(self.smart)
            read = type(made).read(answer["id"], self.smart)
            self.assertEqual(read.subject.resolved(Patient).id, self.patient.id)
            read.delete(self.smart)


if __name__ == "__main__":
    unittest.main()
