//! The operations of FHIR, one row for each route.

use super::operations::{Body, Flag, Operation, Shape};

/// Parameters of every search.
const SEARCH: [&str; 17] = [
    "_id",
    "_lastUpdated",
    "_content",
    "_text",
    "_list",
    "_filter",
    "_search",
    "_count",
    "_sort",
    "_total",
    "_summary",
    "_elements",
    "_include",
    "_revinclude",
    "_cursor",
    "_format",
    "_pretty",
];

/// Parameters of a search of several types.
const TYPES: [&str; 12] = [
    "_type",
    "_id",
    "_lastUpdated",
    "_count",
    "_sort",
    "_total",
    "_summary",
    "_elements",
    "_search",
    "_cursor",
    "_format",
    "_pretty",
];

/// Parameters of a call with a condition, beside those of the search that the condition is.
const PARAMETERS: [&str; 5] = ["_id", "identifier", "_lastUpdated", "_format", "_pretty"];

/// How an answer is written.
const HOW: [&str; 4] = ["_summary", "_elements", "_format", "_pretty"];

const fn of(method: &'static str, path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    Operation {
        method,
        path,
        id,
        tag: "fhir",
        summary,
        query: &["_format", "_pretty"],
        body: None,
        answer: Shape::One("Resource"),
        flags: &[],
    }
}

impl Operation {
    const fn asks(mut self, query: &'static [&'static str]) -> Self {
        self.query = query;
        self
    }

    const fn takes(mut self, schema: &'static str, required: bool) -> Self {
        self.body = Some(Body { schema, required });
        self
    }

    const fn answers(mut self, answer: Shape) -> Self {
        self.answer = answer;
        self
    }

    const fn with(mut self, flags: &'static [Flag]) -> Self {
        self.flags = flags;
        self
    }
}

/// Every operation of FHIR.
pub(crate) const FHIR: &[Operation] = &[
    of("GET", "/fhir", "fhirSearchTypes", "Search several types (_type), or all: a Bundle, page by page")
        .asks(&TYPES)
        .answers(Shape::One("Bundle"))
        .with(&[Flag::Masks]),
    of("POST", "/fhir/_search", "fhirSearchTypesByForm", "The same, with the parameters in the body")
        .asks(&TYPES)
        .takes("Search", false)
        .answers(Shape::One("Bundle"))
        .with(&[Flag::Masks]),
    of(
        "POST",
        "/fhir",
        "fhirTransaction",
        "A transaction, all of its entries or none, where ids are kept; or a batch, each entry on its own",
    )
    .takes("Bundle", true)
    .answers(Shape::One("Bundle"))
    .with(&[Flag::Conflicts]),
    of("POST", "/fhir/{type}", "fhirCreate", "Create a resource")
        .takes("Resource", true)
        .answers(Shape::Created("Resource"))
        .with(&[Flag::Located, Flag::Conflicts, Flag::Conditional, Flag::Masks]),
    of("GET", "/fhir/{type}", "fhirSearch", "Search a type by any of its R4 search parameters: a Bundle, page by page")
        .asks(&SEARCH)
        .answers(Shape::One("Bundle"))
        .with(&[Flag::Masks]),
    of(
        "POST",
        "/fhir/{type}/_search",
        "fhirSearchByForm",
        "The same, with the parameters in the body: for what shall not stand in a URL",
    )
    .asks(&SEARCH)
    .takes("Search", false)
    .answers(Shape::One("Bundle"))
    .with(&[Flag::Masks]),
    of(
        "GET",
        "/fhir/{type}/{id}/{member}",
        "fhirSearchCompartment",
        "Search a type of what belongs to a Patient, Encounter, Practitioner, RelatedPerson or Device, or all types (*)",
    )
    .asks(&SEARCH)
    .answers(Shape::One("Bundle"))
    .with(&[Flag::Masks]),
    of(
        "POST",
        "/fhir/{type}/{id}/{member}/_search",
        "fhirSearchCompartmentByForm",
        "The same, with the parameters in the body",
    )
    .asks(&SEARCH)
    .takes("Search", false)
    .answers(Shape::One("Bundle"))
    .with(&[Flag::Masks]),
    of(
        "POST",
        "/fhir/{type}/$validate",
        "fhirValidate",
        "Everything that is wrong with a resource, which is not stored",
    )
    .asks(&["mode", "profile", "_format", "_pretty"])
    .takes("Resource", true)
    .answers(Shape::One("OperationOutcome")),
    of(
        "GET",
        "/fhir/SearchParameter/{id}/$reindex",
        "fhirReindexStatus",
        "How far the index of a search parameter of the clinic's own is",
    ),
    of(
        "POST",
        "/fhir/SearchParameter/{id}/$reindex",
        "fhirReindex",
        "Make the index of a search parameter of the clinic's own anew, in the background",
    ),
    of("GET", "/fhir/{type}/{id}", "fhirRead", "Read a resource").with(&[Flag::Tagged, Flag::Masks]),
    of("GET", "/fhir/{type}/{id}/$validate", "fhirValidateStored", "Everything that is wrong with what is stored")
        .asks(&["mode", "profile", "_format", "_pretty"])
        .answers(Shape::One("OperationOutcome")),
    of(
        "POST",
        "/fhir/{type}/{id}/$validate",
        "fhirValidateNext",
        "Everything that is wrong with what is to take the place of what is stored",
    )
    .asks(&["mode", "profile", "_format", "_pretty"])
    .takes("Resource", false)
    .answers(Shape::One("OperationOutcome")),
    of("PUT", "/fhir/{type}/{id}", "fhirUpdate", "Write the next version of a resource, or make it with this id")
        .takes("Resource", true)
        .with(&[Flag::Guarded, Flag::Upsert, Flag::Masks]),
    of("DELETE", "/fhir/{type}/{id}", "fhirDelete", "Mark a resource deleted")
        .asks(&["reason", "_format", "_pretty"])
        .answers(Shape::Nothing)
        .with(&[Flag::Guarded]),
    of("GET", "/fhir/{type}/{id}/_history", "fhirHistory", "Every version, as a Bundle").answers(Shape::One("Bundle")),
    of("GET", "/fhir/{type}/{id}/_history/{vid}", "fhirVread", "Read one version of a resource").with(&[Flag::Masks]),
    of("GET", "/fhir/ValueSet/$expand", "fhirExpand", "The codes of an official value set, page by page").asks(&[
        "url",
        "valueSetVersion",
        "filter",
        "offset",
        "count",
        "activeOnly",
        "_format",
        "_pretty",
    ]),
    of("POST", "/fhir/ValueSet/$expand", "fhirExpandByParameters", "The same, with Parameters in the body")
        .takes("Resource", true),
    of("GET", "/fhir/ValueSet/{id}/$expand", "fhirExpandById", "The codes of a value set that the clinic holds")
        .asks(&["filter", "offset", "count", "activeOnly", "_format", "_pretty"]),
    of("GET", "/fhir/ValueSet/$validate-code", "fhirValidateCode", "Whether a code belongs to an official value set")
        .asks(&[
            "url",
            "valueSetVersion",
            "system",
            "systemVersion",
            "code",
            "coding",
            "display",
            "abstract",
            "_format",
            "_pretty",
        ]),
    of(
        "POST",
        "/fhir/ValueSet/$validate-code",
        "fhirValidateCodeByParameters",
        "The same, with Parameters in the body",
    )
    .takes("Resource", true),
    of("GET", "/fhir/CodeSystem/$validate-code", "fhirValidateCodeOfSystem", "Whether a code system has a code")
        .asks(&["url", "version", "code", "coding", "display", "abstract", "_format", "_pretty"]),
    of(
        "POST",
        "/fhir/CodeSystem/$validate-code",
        "fhirValidateCodeOfSystemByParameters",
        "The same, with Parameters in the body",
    )
    .takes("Resource", true),
    of("GET", "/fhir/CodeSystem/$lookup", "fhirLookup", "What a code means")
        .asks(&["system", "version", "code", "coding", "property", "_format", "_pretty"]),
    of("POST", "/fhir/CodeSystem/$lookup", "fhirLookupByParameters", "The same, with Parameters in the body")
        .takes("Resource", true),
    of("GET", "/fhir/CodeSystem/$subsumes", "fhirSubsumes", "How one code stands to another")
        .asks(&["system", "version", "codeA", "codeB", "codingA", "codingB", "_format", "_pretty"]),
    of("POST", "/fhir/CodeSystem/$subsumes", "fhirSubsumesByParameters", "The same, with Parameters in the body")
        .takes("Resource", true),
    of("GET", "/fhir/metadata", "fhirMetadata", "What the server does: its CapabilityStatement")
        .asks(&["mode", "_format", "_pretty"])
        .with(&[Flag::Open]),
    of(
        "GET",
        "/fhir/_history",
        "fhirHistoryOfAll",
        "What was written, the last first, as far as the caller may read it",
    )
    .asks(&["_count", "_since", "_cursor", "_summary", "_elements", "_format", "_pretty"])
    .answers(Shape::One("Bundle")),
    of("GET", "/fhir/{type}/_history", "fhirHistoryOfType", "What was written of a type, the last first")
        .asks(&["_count", "_since", "_cursor", "_summary", "_elements", "_format", "_pretty"])
        .answers(Shape::One("Bundle")),
    of(
        "PUT",
        "/fhir/{type}",
        "fhirUpdateWhere",
        "Write the next version of the one resource that meets a condition, or make one",
    )
    .asks(&PARAMETERS)
    .takes("Resource", true)
    .with(&[Flag::Conflicts, Flag::Upsert, Flag::Masks]),
    of("PATCH", "/fhir/{type}", "fhirPatchWhere", "Patch the one resource that meets a condition")
        .asks(&PARAMETERS)
        .takes("Patch", true)
        .with(&[Flag::Conflicts, Flag::Masks]),
    of("DELETE", "/fhir/{type}", "fhirDeleteWhere", "Mark the one resource that meets a condition deleted")
        .asks(&PARAMETERS)
        .answers(Shape::Nothing)
        .with(&[Flag::Conflicts]),
    of(
        "PATCH",
        "/fhir/{type}/{id}",
        "fhirPatch",
        "Change a resource by a JSON Patch, a JSON Merge Patch or a FHIRPath Patch",
    )
    .asks(&HOW)
    .takes("Patch", true)
    .with(&[Flag::Guarded, Flag::Masks]),
    of("GET", "/fhir/{type}/{id}/$diff", "fhirDiff", "The FHIRPath Patch from one version to another").asks(&[
        "fromVersion",
        "toVersion",
        "_format",
        "_pretty",
    ]),
    of("GET", "/fhir/{type}/{id}/$everything", "fhirEverything", "Everything of a patient, page by page")
        .asks(&["start", "end", "_since", "_type", "_count", "_cursor", "_summary", "_elements", "_format", "_pretty"])
        .answers(Shape::One("Bundle"))
        .with(&[Flag::Masks]),
    of("POST", "/fhir/{type}/{id}/$everything", "fhirEverythingByParameters", "The same, with Parameters in the body")
        .asks(&HOW)
        .takes("Resource", false)
        .answers(Shape::One("Bundle"))
        .with(&[Flag::Masks]),
    of("GET", "/fhir/{type}/$lastn", "fhirLastn", "The latest observations of each code")
        .asks(&["patient", "subject", "category", "code", "date", "max", "_summary", "_elements", "_format", "_pretty"])
        .answers(Shape::One("Bundle"))
        .with(&[Flag::Masks]),
    of("POST", "/fhir/{type}/$lastn", "fhirLastnByParameters", "The same, with Parameters in the body")
        .asks(&HOW)
        .takes("Resource", false)
        .answers(Shape::One("Bundle"))
        .with(&[Flag::Masks]),
    of(
        "POST",
        "/fhir/{type}/$match",
        "fhirMatch",
        "Who a patient may be, by Parameters with one: a Bundle in the order of scores",
    )
    .takes("Resource", true)
    .answers(Shape::One("Bundle"))
    .with(&[Flag::Masks]),
];
