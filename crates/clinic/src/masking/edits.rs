//! Random patients, random edits by somebody who does not see all of them: a hidden part stays with its item, or nothing
//! is saved.

use std::collections::HashSet;

use aroeira_fhir::Resource;
use serde_json::{Value, json};

use super::{mask, unmask};
use crate::access::{Role, grant};

/// Pseudo-random numbers (xorshift64*).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let rolled = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(rolled).unwrap() % sides
    }

    /// A word that is like no other.
    fn word(&mut self) -> String {
        (0..12).map(|_| char::from(b'a' + u8::try_from(self.roll(26)).unwrap())).collect()
    }
}

/// A list of a patient: how an item of it is made, with what is hidden in it, and what of it can be changed.
struct List {
    name: &'static str,
    changes: &'static [&'static str],
}

const LISTS: [List; 4] = [
    List { name: "address", changes: &["/city", "/district", "/postalCode", "/line/0"] },
    List { name: "name", changes: &["/family", "/text", "/given/0", "/suffix/0"] },
    List { name: "identifier", changes: &["/system", "/value", "/assigner/display", "/type/text"] },
    List { name: "contact", changes: &["/name/family", "/address/city", "/telecom/0/value", "/relationship/0/text"] },
];

impl List {
    fn item(&self, dice: &mut Dice) -> Value {
        let mut w = || dice.word();
        match self.name {
            "address" => {
                json!({ "use": "home", "city": w(), "district": w(), "postalCode": w(), "line": [w()] })
            }
            "name" => json!({ "use": "official", "family": w(), "text": w(), "given": [w()], "suffix": [w()] }),
            "identifier" => {
                json!({ "use": "usual", "system": w(), "value": w(), "assigner": { "display": w() }, "type": { "text": w() } })
            }
            _ => json!({ "gender": "female", "name": { "family": w() }, "address": { "city": w() },
                "telecom": [{ "value": w() }], "relationship": [{ "text": w() }] }),
        }
    }

    /// Hides a word in an item, in one of the ways in which something is hidden.
    fn hide(&self, item: &mut Value, word: &str, way: usize) {
        let extension = json!([{ "url": "http://x.org/hidden", "valueString": word }]);
        match (self.name, way) {
            ("name", 0) => item["_given"] = json!([{ "extension": extension }]),
            ("contact", 0) => item["telecom"][0]["extension"] = extension,
            ("address", 0) => item["_city"] = json!({ "extension": extension }),
            ("name", 1) => {
                let shown =
                    json!({ "url": "http://hl7.org/fhir/StructureDefinition/humanname-own-name", "valueString": "x" });
                item["extension"] = json!([extension[0], shown]);
            }
            _ => item["extension"] = extension,
        }
    }
}

/// The hidden words in a value.
fn hidden(value: &Value) -> HashSet<String> {
    match value {
        Value::String(word) => word.strip_prefix("hidden-").map(str::to_owned).into_iter().collect(),
        Value::Array(items) => items.iter().flat_map(hidden).collect(),
        Value::Object(map) => map.values().flat_map(hidden).collect(),
        _ => HashSet::new(),
    }
}

/// An item of an edited list, the place it had, and whether it is as it was.
type Edited = (Value, Option<usize>, bool);

/// Some edits of what was seen.
fn edit(dice: &mut Dice, list: &List, seen: &[Value]) -> Vec<Edited> {
    let mut items: Vec<Edited> = seen.iter().enumerate().map(|(at, item)| (item.clone(), Some(at), true)).collect();
    for _ in 0..=dice.roll(3) {
        let at = dice.roll(items.len().max(1));
        match dice.roll(4) {
            0 if !items.is_empty() => drop(items.remove(at)),
            1 if !items.is_empty() => {
                let item = items.remove(at);
                let to = dice.roll(items.len() + 1);
                items.insert(to, item);
            }
            2 if !items.is_empty() => {
                let pointer = list.changes[dice.roll(list.changes.len())];
                *items[at].0.pointer_mut(pointer).unwrap() = dice.word().into();
                items[at].2 = false;
            }
            _ => items.insert(at.min(items.len()), (list.item(dice), None, false)),
        }
    }
    items
}

#[test]
fn a_hidden_part_stays_with_its_item_or_nothing_is_saved() {
    let mut dice = Dice(20_260_101);
    let (mut saved, mut refused) = (0, 0);
    for case in 0..6000 {
        let list = &LISTS[dice.roll(LISTS.len())];
        let mut items: Vec<Value> = (0..1 + dice.roll(4)).map(|_| list.item(&mut dice)).collect();
        for (at, item) in items.iter_mut().enumerate() {
            if dice.roll(3) > 0 {
                let way = dice.roll(3);
                list.hide(item, &format!("hidden-{at}"), way);
            }
        }
        let stored = json!({ "resourceType": "Patient", "id": "p", list.name: items });
        let stored = Resource::from_value(stored).unwrap();
        let reception = grant(Role::Reception, "Patient");
        let mut seen = stored.clone();
        mask(&mut seen, &reception);
        assert!(hidden(&seen.clone().into_value()).is_empty());
        let edited = edit(&mut dice, list, seen.get(list.name).unwrap().as_array().unwrap());
        let mut sent = seen.clone();
        sent.insert(list.name, edited.iter().map(|(item, ..)| item.clone()).collect());
        let result = match unmask(sent, Some(&stored), &reception) {
            Ok(result) => result,
            Err(problems) => {
                let list = format!("Patient.{}", list.name);
                assert!(problems.iter().all(|one| one.code == "masked.items" && one.path.starts_with(&list)));
                // Nothing is refused that only went, moved, or was added to.
                assert!(edited.iter().any(|(_, _, same)| !same), "case {case}");
                refused += 1;
                continue;
            }
        };
        saved += 1;
        let result = result.get(list.name).and_then(Value::as_array).cloned().unwrap_or_default();
        assert_eq!(result.len(), edited.len(), "case {case}");
        for (item, (_, origin, _)) in result.iter().zip(&edited) {
            let was = origin.map(|at| hidden(&items[at])).unwrap_or_default();
            assert_eq!(hidden(item), was, "case {case}: {item}");
        }
    }
    assert!(saved > 4000 && refused > 200, "{saved} saved, {refused} refused");
}

#[test]
fn what_nobody_saw_nobody_takes_out() {
    let extension = |word: &str| json!({ "url": "http://x.org/hidden", "valueString": word });
    let shown = json!({ "url": "http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-additionalLocator", "valueString": "fundos" });
    let stored = Resource::from_value(json!({
        "resourceType": "Patient", "id": "p",
        "meta": { "versionId": "1", "tag": [{ "code": "kept" }] },
        "_gender": { "extension": [extension("g")] },
        "birthDate": "1970-01-01", "_birthDate": { "extension": [extension("b")] },
        "name": [{ "given": ["Ana", null, "Maria"], "_given": [{ "extension": [extension("1")] }, { "extension": [extension("2")] }, null] }],
        "address": [{ "city": "Recife", "district": "Boa Vista", "extension": [extension("a"), shown] }],
        "telecom": [{ "extension": [extension("t")] }],
    }))
    .unwrap();
    let reception = grant(Role::Reception, "Patient");
    let save =
        |sent: Value| unmask(Resource::from_value(sent).unwrap(), Some(&stored), &reception).map(Resource::into_value);
    // No meta, no extension, no telecom; another birth date; the given names turned.
    let result = save(json!({ "resourceType": "Patient", "id": "p", "birthDate": "1971-01-01",
        "name": [{ "given": ["Maria", "Ana"] }], "address": [{ "city": "Recife", "district": "Soledade" }] }))
    .unwrap();
    assert_eq!(result["meta"]["tag"][0]["code"], "kept");
    assert_eq!(result["_gender"], stored.as_value()["_gender"]);
    assert_eq!(result["_birthDate"], stored.as_value()["_birthDate"]);
    assert_eq!(result["telecom"], stored.as_value()["telecom"]);
    assert_eq!(result["name"][0]["given"], json!(["Maria", "Ana", null]));
    let given = &result["name"][0]["_given"];
    assert_eq!(
        (&given[0], &given[1]["extension"][0]["valueString"], &given[2]["extension"][0]["valueString"]),
        (&Value::Null, &json!("1"), &json!("2"))
    );
    assert_eq!(result["address"][0]["extension"], json!([extension("a")]));
    // A birth date that was taken out takes what stood beside it along.
    let result = save(json!({ "resourceType": "Patient", "id": "p" })).unwrap();
    assert_eq!((result.get("birthDate"), result.get("_birthDate"), result.get("address")), (None, None, None));
    // Another first name where one had something hidden: it may be another one or the same.
    let refused = save(json!({ "resourceType": "Patient", "id": "p", "name": [{ "given": ["Rita", "Maria"] }] }));
    assert_eq!(refused.unwrap_err()[0].path, "Patient.name[0].given");
}
