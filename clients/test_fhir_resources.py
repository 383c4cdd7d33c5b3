"""PyPI fhir.resources: its models of R4 (4.0.1) read every answer strictly, unknown elements refused, and say it again as
it came."""

import json
import pathlib
import unittest
from datetime import datetime
from decimal import Decimal

import requests
from fhir.resources import construct_fhir_element

import server

EXAMPLES = pathlib.Path(__file__).parent.parent / "crates/fhir/tests/examples"


def same(one, other):
    """Equal: numbers by their value, and times by the instant they say, for the models write them in a way of their own."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other or (moment(one) is not None and moment(one) == moment(other))


def moment(value):
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) and "T" in value else None
    except ValueError:
        return None


class EveryAnswer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.session = requests.Session()
        cls.session.headers.update(server.BEARER)
        cls.statement = cls.parsed(cls.session.get(f"{server.BASE}/metadata"))
        cls.kinds = {each.type: each for each in cls.statement.rest[0].resource}
        cls.patient = cls.ask(cls, "Patient?_count=1").entry[0].resource

    @classmethod
    def tearDownClass(cls):
        cls.session.close()

    @staticmethod
    def parsed(answer, status=200):
        """What the models make of an answer: no error, and nothing lost."""
        assert answer.status_code == status, f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text[:600]}"
        assert answer.headers["content-type"].startswith("application/fhir+json"), answer.headers
        sent = json.loads(answer.text, parse_float=Decimal)
        read = construct_fhir_element(sent["resourceType"], answer.text)
        said = json.loads(read.json(), parse_float=Decimal)
        assert same(said, sent), f"{answer.url}: {differences(sent, said)}"
        return read

    def ask(self, path, status=200, **asked):
        method = asked.pop("method", "GET")
        return self.parsed(self.session.request(method, f"{server.BASE}/{path}", **asked), status)

    def pages(self, path):
        """Every page of a bundle."""
        page = self.ask(path)
        while True:
            yield page
            following = [link.url for link in page.link if link.relation == "next"]
            if not following:
                return
            page = self.parsed(self.session.get(following[0]))

    def test_all_that_is_kept_is_searched_and_read(self):
        # One batch asks every type there is for its first, and how many there are.
        gets = [{"request": {"method": "GET", "url": f"{kind}?_count=1&_total=accurate"}} for kind in self.kinds]
        batch = self.ask("", method="POST", json={"resourceType": "Bundle", "type": "batch", "entry": gets})
        held = {kind: entry.resource for kind, entry in zip(self.kinds, batch.entry) if entry.resource.total}
        self.assertLessEqual({"Patient", "Composition", "Practitioner", "AllergyIntolerance"}, held.keys())
        for kind, first in held.items():
            found = {entry.resource.id for page in self.pages(f"{kind}?_count=400") for entry in page.entry}
            self.assertEqual(len(found), first.total, kind)
            one = first.entry[0].resource
            self.ask(f"{kind}/{one.id}/_history/{one.meta.versionId}")
            self.assertEqual(self.ask(f"{kind}/{one.id}/_history").type, "history")
            self.ask(f"{kind}/_history?_count=20")
        self.ask(f"?_type={','.join(held)}&_count=100")
        self.ask("_history?_count=50")

    def test_parts_of_resources(self):
        for how in ["_summary=true", "_summary=text", "_summary=data", "_summary=count", "_elements=name,gender", "_count=0"]:
            self.ask(f"Patient?{'' if how == '_count=0' else '_count=3&'}{how}")
        composition = "Composition?_count=2&_include=Composition:subject&_include=Composition:author"
        self.assertEqual({entry.search.mode for entry in self.ask(composition).entry}, {"match", "include"})
        self.ask("Patient?_count=3&_revinclude=Composition:subject&_has:Composition:patient:status=final")
        lenient = self.ask("Patient?_count=1&colour=red", headers={"Prefer": "handling=lenient"})
        self.assertIn("OperationOutcome", [entry.resource.resource_type for entry in lenient.entry])

    def test_operations(self):
        somebody = f"Patient/{self.patient.id}"
        kinds = {entry.resource.resource_type for page in self.pages(f"{somebody}/$everything") for entry in page.entry}
        self.assertLessEqual({"Patient", "Composition"}, kinds)
        self.ask(f"{somebody}/$validate")
        for mode in [None, {"resourceType": "Observation", "status": "final"}]:
            sent = mode or {**server.weight(self.patient.id, 1, "x"), "resourceType": "Observation"}
            self.assertEqual(self.ask("Observation/$validate", method="POST", json=sent).resource_type, "OperationOutcome")
        self.ask(f"Observation/$lastn?patient={self.patient.id}&code=29463-7")
        gender = "http://hl7.org/fhir/ValueSet/administrative-gender"
        expanded = self.ask(f"ValueSet/$expand?url={gender}")
        self.assertEqual(len(expanded.expansion.contains), 4)
        self.ask(f"ValueSet/$validate-code?url={gender}&code=female&system=http://hl7.org/fhir/administrative-gender")
        self.ask("CodeSystem/$lookup?system=http://hl7.org/fhir/administrative-gender&code=female")
        self.ask("CodeSystem/$validate-code?url=http://hl7.org/fhir/administrative-gender&code=nonsense")
        self.ask("CodeSystem/$subsumes?system=http://hl7.org/fhir/administrative-gender&codeA=male&codeB=female")
        name = self.patient.name[0]
        probe = {"resourceType": "Patient", "name": [{"family": name.family, "given": name.given}]}
        parameters = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": probe}]}
        found = self.ask("Patient/$match", method="POST", json=parameters)
        self.assertIn(self.patient.id, [entry.resource.id for entry in found.entry])

    def test_refusals(self):
        for path, status in [
            ("Patient/nobody-has-this-id", 404),
            ("Nothing/1", 404),
            ("Patient?colour=red", 400),
            ("Patient?birthdate=yesterday", 400),
            ("Patient?_count=many", 400),
            (f"Patient/{self.patient.id}/_history/99", 404),
            (f"Patient/{self.patient.id}/$nothing", 404),
            ("ValueSet/$expand?url=http://example.org/nothing", 404),
        ]:
            self.assertEqual(self.ask(path, status).resource_type, "OperationOutcome", path)
        for sent in ["{", "[]", "{}", '{"resourceType":"Observation","status":"nonsense","colour":"red"}']:
            answer = self.session.post(f"{server.BASE}/Observation", data=sent, headers={"Content-Type": "application/fhir+json"})
            self.parsed(answer, 400 if sent == "{" else 422)
        self.parsed(requests.get(f"{server.BASE}/Patient"), 401)

    def test_what_is_written_comes_back(self):
        """Examples of the specification, as they are, and what a transaction answers."""
        texts = [file.read_bytes() for file in sorted(EXAMPLES.glob("*.json"))]
        self.assertGreater(len(texts), 10)
        for text in texts:
            kind = json.loads(text)["resourceType"]
            if kind == "Library":
                # It holds an Attachment with a relative url, as R4 allows and these models do not.
                continue
            lenient = {"Prefer": "validation=lenient", "Content-Type": "application/fhir+json"}
            made = self.parsed(self.session.post(f"{server.BASE}/{kind}", data=text, headers=lenient), 201)
            path = f"{kind}/{made.id}"
            self.ask(path)
            self.ask(f"{kind}?_id={made.id}&_include=*")
            # What is part of the record of care goes for a reason, and a Composition only by its author.
            gone = self.session.delete(f"{server.BASE}/{path}?reason=Exemplo da especificação")
            if kind == "Composition":
                self.parsed(gone, 403)
                continue
            self.assertEqual(gone.status_code, 204, gone.text)
            self.ask(path, 410)
            self.ask(f"{path}/_history")
        basic = {"resourceType": "Basic", "code": {"text": "Nota"}}
        for kind in ["batch", "transaction"]:
            bundle = {"resourceType": "Bundle", "type": kind, "entry": [
                {"resource": basic, "request": {"method": "POST", "url": "Basic"}},
                {"request": {"method": "GET", "url": f"Patient/{self.patient.id}"}},
                {"request": {"method": "GET", "url": "Patient?_count=2"}},
            ]}
            self.assertEqual(self.ask("", method="POST", json=bundle).type, f"{kind}-response")
        refused = {"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET", "url": "Patient/none"}}]}
        self.ask("", method="POST", json=refused)


def differences(sent, said, at=""):
    """The first place where two values differ."""
    if isinstance(sent, dict) and isinstance(said, dict):
        for key in [*sent, *said]:
            if not same(sent.get(key), said.get(key)):
                return differences(sent.get(key), said.get(key), f"{at}.{key}")
    if isinstance(sent, list) and isinstance(said, list) and len(sent) == len(said):
        for place, (one, other) in enumerate(zip(sent, said)):
            if not same(one, other):
                return differences(one, other, f"{at}[{place}]")
    return f"{at}: {sent!r} became {said!r}"


if __name__ == "__main__":
    unittest.main()
