"""PyPI fhirpy: its synchronous and its asynchronous client, from searching to deleting."""

import unittest

from fhirpy import AsyncFHIRClient, SyncFHIRClient
from fhirpy.base.exceptions import AuthorizationError, MultipleResourcesFound, OperationOutcome, ResourceNotFound

import server

AUTHORIZATION = f"Bearer {server.TOKEN}"


class Synchronous(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = SyncFHIRClient(server.BASE, authorization=AUTHORIZATION)
        cls.patient = cls.client.resources("Patient").first()

    def observation(self, kilograms, tag):
        made = self.client.resource("Observation", **server.weight(self.patient.id, kilograms, tag))
        made.save()
        self.addCleanup(made.delete)
        return made

    def test_a_search_and_all_its_pages(self):
        patients = self.client.resources("Patient")
        found = patients.limit(70).fetch_all()
        self.assertEqual(len(found), patients.count())
        self.assertEqual(len({patient.id for patient in found}), len(found))
        family = self.patient.name[0].family
        named = patients.search(family__exact=family, active=True).sort("family", "-birthdate").fetch_all()
        self.assertIn(self.patient.id, [patient.id for patient in named])
        few = patients.search(_id=self.patient.id).elements("gender").get()
        self.assertEqual((few.gender, few.get("name")), (self.patient.gender, None))

    def test_what_is_included(self):
        compositions = self.client.resources("Composition").search(patient=self.patient.id).limit(5)
        raw = compositions.include("Composition", "subject").include("Composition", "author").fetch_raw()
        kinds = {entry.resource.resource_type for entry in raw.entry}
        self.assertEqual(kinds, {"Composition", "Patient", "Practitioner"})
        raw = self.client.resources("Patient").search(_id=self.patient.id).revinclude("Composition", "subject").fetch_raw()
        self.assertIn("Composition", {entry.resource.resource_type for entry in raw.entry})
        self.assertEqual(compositions.first().subject.to_resource().id, self.patient.id)

    def test_who_has_what(self):
        self.observation(64.5, "fhirpy-has")
        patients = self.client.resources("Patient")
        found = patients.has("Observation", "patient", identifier="urn:aroeira:clients|fhirpy-has").fetch_all()
        self.assertEqual([patient.id for patient in found], [self.patient.id])
        chained = self.client.resources("Observation").search(
            subject__Patient__family__exact=self.patient.name[0].family, value_quantity="64500|http://unitsofmeasure.org|g"
        )
        self.assertEqual(len(chained.fetch_all()), 1)

    def test_a_resource_from_its_making_to_its_end(self):
        made = self.client.resource("Basic", code={"text": "Anotação"}, subject=self.patient.to_reference())
        made.save()
        self.assertEqual(made.meta.versionId, "1")
        made.code.text = "Outra"
        made.save()
        self.assertEqual(made.meta.versionId, "2")
        made.patch(created="2026-05-04")
        self.assertEqual((made.meta.versionId, made.created, made.code.text), ("3", "2026-05-04", "Outra"))
        self.client.patch("Basic", made.id, created=None)
        made.refresh()
        self.assertEqual((made.meta.versionId, made.get("created")), ("4", None))
        self.assertTrue(made.is_valid())
        made.delete()
        with self.assertRaises(ResourceNotFound):
            self.client.get("Basic", made.id)

    def test_what_is_made_or_changed_on_a_condition(self):
        by = self.client.resources("Observation").search(identifier="urn:aroeira:clients|fhirpy-once")
        made = []
        for kilograms in (80, 81):
            made.append(by.get_or_create(self.client.resource("Observation", **server.weight(self.patient.id, kilograms, "fhirpy-once"))))
        self.assertEqual([new for _, new in made], [True, False])
        self.assertEqual(made[0][0].id, made[1][0].id)
        changed, new = by.update(self.client.resource("Observation", **server.weight(self.patient.id, 82, "fhirpy-once")))
        self.assertEqual((changed.valueQuantity.value, new), (82, False))
        self.assertEqual(by.patch(status="amended").status, "amended")
        by.delete()
        self.assertIsNone(by.first())
        with self.assertRaises(MultipleResourcesFound):
            self.client.resources("Patient").search(active=True).patch(gender="other")

    def test_operations(self):
        everything = self.patient.execute("$everything", method="get")
        self.assertIn("Composition", {entry.resource.resourceType for entry in everything.entry})
        self.assertEqual(self.patient.execute("$everything").type, "searchset")
        last = self.client.resources("Observation").execute("$lastn", method="get", params={"patient": self.patient.id, "code": "29463-7"})
        self.assertEqual(last.resourceType, "Bundle")
        looked = self.client.execute("CodeSystem/$lookup", method="get", params={
            "system": "http://hl7.org/fhir/administrative-gender", "code": "female"})
        self.assertEqual(looked.resourceType, "Parameters")

    def test_what_is_refused(self):
        with self.assertRaises(OperationOutcome) as refused:
            self.client.resource("Observation", status="nonsense").save()
        issues = refused.exception.resource["issue"]
        self.assertIn(("code-invalid", ["Observation.status"]), [(issue["code"], issue["expression"]) for issue in issues])
        with self.assertRaises(AuthorizationError):
            SyncFHIRClient(server.BASE, authorization="Bearer nothing").resources("Patient").first()


class Asynchronous(unittest.IsolatedAsyncioTestCase):
    async def test_everything_once(self):
        client = AsyncFHIRClient(server.BASE, authorization=AUTHORIZATION)
        patient = await client.resources("Patient").first()
        found = await client.resources("Patient").limit(120).fetch_all()
        self.assertEqual(len(found), await client.resources("Patient").count())
        made = client.resource("Observation", **server.weight(patient.id, 58, "fhirpy-async"))
        await made.save()
        await made.patch(status="amended")
        self.assertEqual((await client.get("Observation", made.id)).status, "amended")
        about = client.resources("Observation").search(patient=patient.id, identifier="urn:aroeira:clients|fhirpy-async")
        self.assertEqual([observation.id async for observation in about.include("Observation", "subject")], [made.id])
        everything = await patient.execute("$everything", method="get")
        self.assertIn(made.id, {entry.resource.id for entry in everything.entry})
        await made.delete()
        with self.assertRaises(ResourceNotFound):
            await client.get("Observation", made.id)


if __name__ == "__main__":
    unittest.main()
