//! Constraints of R4 that do not say what they mean, as later releases corrected them.

/// The key, the expression as R4 has it, and the one that is meant.
const ERRATA: &[(&str, &str, &str)] = &[
    // R4B and R5: `answer is boolean`. The type of FHIR is written in lower case; System.Boolean is no FHIR type.
    ("que-7", "operator = 'exists' implies (answer is Boolean)", "operator = 'exists' implies (answer is boolean)"),
];

/// The expression that is meant, where R4's is known to be wrong.
pub(super) fn corrected(key: &str, expression: &str) -> Option<&'static str> {
    ERRATA.iter().find(|(own, wrong, _)| *own == key && *wrong == expression).map(|(_, _, right)| *right)
}
