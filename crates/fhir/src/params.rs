//! Which elements are searched, by type and search parameter: the parameters of R4 that records are found by. Each row
//! is (parameter, path); an element with a choice of types has a row for each type that fits.

/// How a value becomes rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Token,
    /// Tokens of the ContactPoints of one system.
    Contact(&'static str),
    Date,
    Reference,
    /// A reference that counts only if it is to a Patient.
    Patient,
    Number,
    Quantity,
    Uri,
}

/// A search parameter of a type and where its values stand.
#[derive(Debug)]
pub(crate) struct Param {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) path: &'static str,
}

/// The parameters of a type, without [`COMMON`].
pub(crate) fn of(kind: &str) -> &'static [Param] {
    PARAMS.binary_search_by_key(&kind, |row| row.0).map_or(&[], |at| PARAMS[at].1)
}

const fn text(name: &'static str, path: &'static str) -> Param {
    Param { name, kind: Kind::Text, path }
}
const fn token(name: &'static str, path: &'static str) -> Param {
    Param { name, kind: Kind::Token, path }
}
const fn contact(name: &'static str, system: &'static str) -> Param {
    Param { name, kind: Kind::Contact(system), path: "telecom" }
}
const fn date(name: &'static str, path: &'static str) -> Param {
    Param { name, kind: Kind::Date, path }
}
const fn reference(name: &'static str, path: &'static str) -> Param {
    Param { name, kind: Kind::Reference, path }
}
const fn patient(name: &'static str, path: &'static str) -> Param {
    Param { name, kind: Kind::Patient, path }
}
const fn number(name: &'static str, path: &'static str) -> Param {
    Param { name, kind: Kind::Number, path }
}
const fn quantity(name: &'static str, path: &'static str) -> Param {
    Param { name, kind: Kind::Quantity, path }
}
const fn uri(name: &'static str, path: &'static str) -> Param {
    Param { name, kind: Kind::Uri, path }
}

/// Parameters of every type. `_id` and `_lastUpdated` are the store's own columns.
pub(crate) const COMMON: &[Param] =
    &[token("_tag", "meta.tag"), token("_security", "meta.security"), uri("_profile", "meta.profile")];

/// Sorted by type. `Composition` has the parameter `priority` besides, read from an extension.
#[rustfmt::skip]
const PARAMS: &[(&str, &[Param])] = &[
    ("Account", &[
        text("name", "name"), token("identifier", "identifier"), token("status", "status"), token("type", "type"),
        date("period", "servicePeriod"), patient("patient", "subject"), reference("subject", "subject"),
    ]),
    ("ActivityDefinition", &[
        text("name", "name"), text("title", "title"), token("identifier", "identifier"), token("status", "status"),
        date("date", "date"), uri("url", "url"),
    ]),
    ("AdverseEvent", &[
        token("actuality", "actuality"), token("category", "category"), token("event", "event"),
        token("severity", "severity"), date("date", "date"), reference("location", "location"),
        reference("recorder", "recorder"), reference("subject", "subject"),
    ]),
    ("AllergyIntolerance", &[
        token("category", "category"), token("clinical-status", "clinicalStatus"), token("code", "code"),
        token("code", "reaction.substance"), token("criticality", "criticality"), token("identifier", "identifier"),
        token("severity", "reaction.severity"), token("type", "type"),
        token("verification-status", "verificationStatus"), date("date", "recordedDate"),
        date("onset", "reaction.onset"), patient("patient", "patient"), reference("asserter", "asserter"),
        reference("recorder", "recorder"),
    ]),
    ("Appointment", &[
        token("identifier", "identifier"), token("reason-code", "reasonCode"),
        token("service-category", "serviceCategory"), token("service-type", "serviceType"),
        token("specialty", "specialty"), token("status", "status"), date("date", "start"),
        patient("patient", "participant.actor"), reference("actor", "participant.actor"),
        reference("based-on", "basedOn"), reference("location", "participant.actor"),
        reference("practitioner", "participant.actor"), reference("slot", "slot"),
    ]),
    ("AppointmentResponse", &[
        token("identifier", "identifier"), patient("patient", "actor"), reference("actor", "actor"),
        reference("appointment", "appointment"), reference("location", "actor"), reference("practitioner", "actor"),
    ]),
    ("AuditEvent", &[
        token("type", "type"), date("date", "recorded"), patient("patient", "agent.who"),
        patient("patient", "entity.what"), reference("agent", "agent.who"), reference("entity", "entity.what"),
    ]),
    ("Basic", &[
        token("code", "code"), token("identifier", "identifier"), date("created", "created"),
        patient("patient", "subject"), reference("author", "author"), reference("subject", "subject"),
    ]),
    ("BodyStructure", &[
        token("identifier", "identifier"), token("location", "location"), patient("patient", "patient"),
    ]),
    ("Bundle", &[
        token("identifier", "identifier"), token("type", "type"),
    ]),
    ("CapabilityStatement", &[
        text("name", "name"), text("title", "title"), token("status", "status"), date("date", "date"),
        uri("url", "url"),
    ]),
    ("CarePlan", &[
        token("category", "category"), token("identifier", "identifier"), token("intent", "intent"),
        token("status", "status"), date("date", "period"), patient("patient", "subject"),
        reference("based-on", "basedOn"), reference("care-team", "careTeam"), reference("encounter", "encounter"),
        reference("part-of", "partOf"), reference("performer", "activity.detail.performer"),
        reference("subject", "subject"),
    ]),
    ("CareTeam", &[
        token("category", "category"), token("identifier", "identifier"), token("status", "status"),
        date("date", "period"), patient("patient", "subject"), reference("encounter", "encounter"),
        reference("participant", "participant.member"), reference("subject", "subject"),
    ]),
    ("ChargeItem", &[
        token("code", "code"), token("identifier", "identifier"), date("occurrence", "occurrenceDateTime"),
        date("occurrence", "occurrencePeriod"), date("occurrence", "occurrenceTiming"),
        patient("patient", "subject"), reference("subject", "subject"), number("factor-override", "factorOverride"),
        quantity("price-override", "priceOverride"), quantity("quantity", "quantity"),
    ]),
    ("ChargeItemDefinition", &[
        text("title", "title"), token("identifier", "identifier"), token("status", "status"), date("date", "date"),
        uri("url", "url"),
    ]),
    ("Claim", &[
        token("identifier", "identifier"), token("priority", "priority"), token("status", "status"),
        date("created", "created"), patient("patient", "patient"), reference("care-team", "careTeam.provider"),
        reference("encounter", "item.encounter"), reference("facility", "facility"), reference("insurer", "insurer"),
        reference("provider", "provider"),
    ]),
    ("ClaimResponse", &[
        token("identifier", "identifier"), token("status", "status"), date("created", "created"),
        patient("patient", "patient"), reference("insurer", "insurer"),
    ]),
    ("ClinicalImpression", &[
        token("identifier", "identifier"), token("status", "status"), date("date", "date"),
        patient("patient", "subject"), reference("encounter", "encounter"), reference("subject", "subject"),
    ]),
    ("CodeSystem", &[
        text("name", "name"), text("title", "title"), token("code", "concept.code"),
        token("identifier", "identifier"), token("status", "status"), date("date", "date"), uri("url", "url"),
    ]),
    ("Communication", &[
        token("category", "category"), token("identifier", "identifier"), token("status", "status"),
        date("received", "received"), date("sent", "sent"), patient("patient", "subject"),
        reference("based-on", "basedOn"), reference("encounter", "encounter"), reference("part-of", "partOf"),
        reference("recipient", "recipient"), reference("sender", "sender"), reference("subject", "subject"),
    ]),
    ("CommunicationRequest", &[
        token("category", "category"), token("identifier", "identifier"), token("priority", "priority"),
        token("status", "status"), date("authored", "authoredOn"), date("occurrence", "occurrenceDateTime"),
        patient("patient", "subject"), reference("based-on", "basedOn"), reference("encounter", "encounter"),
        reference("recipient", "recipient"), reference("requester", "requester"), reference("sender", "sender"),
        reference("subject", "subject"),
    ]),
    ("CompartmentDefinition", &[
        text("name", "name"), token("code", "code"), token("status", "status"), date("date", "date"),
        uri("url", "url"),
    ]),
    ("Composition", &[
        text("title", "title"), token("category", "category"), token("context", "event.code"),
        token("identifier", "identifier"), token("status", "status"), token("type", "type"), date("date", "date"),
        date("period", "event.period"), patient("patient", "subject"), reference("attester", "attester.party"),
        reference("author", "author"), reference("encounter", "encounter"), reference("subject", "subject"),
    ]),
    ("ConceptMap", &[
        text("name", "name"), text("title", "title"), token("identifier", "identifier"), token("status", "status"),
        date("date", "date"), uri("url", "url"),
    ]),
    ("Condition", &[
        token("category", "category"), token("clinical-status", "clinicalStatus"), token("code", "code"),
        token("identifier", "identifier"), token("severity", "severity"),
        token("verification-status", "verificationStatus"), date("onset-date", "onsetDateTime"),
        date("onset-date", "onsetPeriod"), date("recorded-date", "recordedDate"), patient("patient", "subject"),
        reference("asserter", "asserter"), reference("encounter", "encounter"), reference("subject", "subject"),
        quantity("abatement-age", "abatementAge"), quantity("abatement-age", "abatementRange"),
        quantity("onset-age", "onsetAge"), quantity("onset-age", "onsetRange"),
    ]),
    ("Consent", &[
        token("category", "category"), token("identifier", "identifier"), token("status", "status"),
        date("date", "dateTime"), date("period", "provision.period"), patient("patient", "patient"),
        reference("actor", "provision.actor.reference"), reference("organization", "organization"),
    ]),
    ("Contract", &[
        token("identifier", "identifier"), token("status", "status"), date("issued", "issued"),
        patient("patient", "subject"), reference("subject", "subject"), uri("url", "url"),
    ]),
    ("Coverage", &[
        token("identifier", "identifier"), token("status", "status"), token("type", "type"),
        patient("patient", "beneficiary"), reference("beneficiary", "beneficiary"), reference("payor", "payor"),
        reference("policy-holder", "policyHolder"), reference("subscriber", "subscriber"),
    ]),
    ("CoverageEligibilityRequest", &[
        token("identifier", "identifier"), token("status", "status"), date("created", "created"),
        patient("patient", "patient"), reference("facility", "facility"), reference("provider", "provider"),
    ]),
    ("CoverageEligibilityResponse", &[
        token("identifier", "identifier"), token("status", "status"), date("created", "created"),
        patient("patient", "patient"), reference("insurer", "insurer"),
    ]),
    ("DetectedIssue", &[
        token("code", "code"), token("identifier", "identifier"), patient("patient", "patient"),
        reference("author", "author"),
    ]),
    ("Device", &[
        token("identifier", "identifier"), token("status", "status"), token("type", "type"),
        patient("patient", "patient"), reference("location", "location"), reference("organization", "owner"),
        uri("url", "url"),
    ]),
    ("DeviceDefinition", &[
        token("identifier", "identifier"), token("type", "type"),
    ]),
    ("DeviceMetric", &[
        token("category", "category"), token("identifier", "identifier"), token("type", "type"),
    ]),
    ("DeviceRequest", &[
        token("code", "codeCodeableConcept"), token("identifier", "identifier"), token("intent", "intent"),
        token("status", "status"), patient("patient", "subject"), reference("based-on", "basedOn"),
        reference("encounter", "encounter"), reference("performer", "performer"),
        reference("requester", "requester"), reference("subject", "subject"),
    ]),
    ("DeviceUseStatement", &[
        token("identifier", "identifier"), patient("patient", "subject"), reference("subject", "subject"),
    ]),
    ("DiagnosticReport", &[
        token("category", "category"), token("code", "code"), token("identifier", "identifier"),
        token("status", "status"), date("date", "effectiveDateTime"), date("date", "effectivePeriod"),
        date("issued", "issued"), patient("patient", "subject"), reference("based-on", "basedOn"),
        reference("encounter", "encounter"), reference("performer", "performer"), reference("result", "result"),
        reference("specimen", "specimen"), reference("subject", "subject"),
    ]),
    ("DocumentManifest", &[
        token("identifier", "identifier"), token("identifier", "masterIdentifier"), token("status", "status"),
        token("type", "type"), date("created", "created"), patient("patient", "subject"),
        reference("author", "author"), reference("recipient", "recipient"), reference("subject", "subject"),
    ]),
    ("DocumentReference", &[
        token("category", "category"), token("event", "context.event"), token("facility", "context.facilityType"),
        token("identifier", "identifier"), token("identifier", "masterIdentifier"), token("status", "status"),
        token("type", "type"), date("date", "date"), date("period", "context.period"), patient("patient", "subject"),
        reference("author", "author"), reference("encounter", "context.encounter"), reference("subject", "subject"),
       
    ]),
    ("EffectEvidenceSynthesis", &[
        text("name", "name"), text("title", "title"), token("identifier", "identifier"), token("status", "status"),
        date("date", "date"), uri("url", "url"),
    ]),
    ("Encounter", &[
        token("class", "class"), token("identifier", "identifier"), token("reason-code", "reasonCode"),
        token("status", "status"), token("type", "type"), date("date", "period"), patient("patient", "subject"),
        reference("appointment", "appointment"), reference("based-on", "basedOn"),
        reference("episode-of-care", "episodeOfCare"), reference("location", "location.location"),
        reference("part-of", "partOf"), reference("participant", "participant.individual"),
        reference("practitioner", "participant.individual"), reference("subject", "subject"),
        quantity("length", "length"),
    ]),
    ("Endpoint", &[
        text("name", "name"), token("identifier", "identifier"), token("status", "status"),
        reference("organization", "managingOrganization"),
    ]),
    ("EnrollmentRequest", &[
        token("identifier", "identifier"), token("status", "status"), patient("patient", "candidate"),
        reference("subject", "candidate"),
    ]),
    ("EnrollmentResponse", &[
        token("identifier", "identifier"), token("status", "status"),
    ]),
    ("EpisodeOfCare", &[
        token("identifier", "identifier"), token("status", "status"), token("type", "type"), date("date", "period"),
        patient("patient", "patient"), reference("organization", "managingOrganization"),
    ]),
    ("EventDefinition", &[
        text("name", "name"), text("title", "title"), token("identifier", "identifier"), token("status", "status"),
        date("date", "date"), uri("url", "url"),
    ]),
    ("Evidence", &[
        text("name", "name"), text("title", "title"), token("identifier", "identifier"), token("status", "status"),
        date("date", "date"), uri("url", "url"),
    ]),
    ("EvidenceVariable", &[
        text("name", "name"), text("title", "title"), token("identifier", "identifier"), token("status", "status"),
        date("date", "date"), uri("url", "url"),
    ]),
    ("ExampleScenario", &[
        text("name", "name"), token("identifier", "identifier"), token("status", "status"), date("date", "date"),
        uri("url", "url"),
    ]),
    ("ExplanationOfBenefit", &[
        token("identifier", "identifier"), token("status", "status"), date("created", "created"),
        patient("patient", "patient"), reference("care-team", "careTeam.provider"),
        reference("encounter", "item.encounter"), reference("facility", "facility"),
        reference("provider", "provider"),
    ]),
    ("FamilyMemberHistory", &[
        token("code", "condition.code"), token("identifier", "identifier"), token("relationship", "relationship"),
        token("status", "status"), date("date", "date"), patient("patient", "patient"),
    ]),
    ("Flag", &[
        token("identifier", "identifier"), date("date", "period"), patient("patient", "subject"),
        reference("author", "author"), reference("encounter", "encounter"), reference("subject", "subject"),
    ]),
    ("Goal", &[
        token("category", "category"), token("identifier", "identifier"),
        token("lifecycle-status", "lifecycleStatus"), date("start-date", "startDate"),
        date("target-date", "target.dueDate"), patient("patient", "subject"), reference("subject", "subject"),
    ]),
    ("GraphDefinition", &[
        text("name", "name"), token("start", "start"), token("status", "status"), date("date", "date"),
        uri("url", "url"),
    ]),
    ("Group", &[
        token("code", "code"), token("identifier", "identifier"), token("type", "type"),
        reference("member", "member.entity"),
    ]),
    ("GuidanceResponse", &[
        token("identifier", "identifier"), patient("patient", "subject"), reference("subject", "subject"),
    ]),
    ("HealthcareService", &[
        text("name", "name"), token("active", "active"), token("identifier", "identifier"),
        token("service-category", "category"), token("service-type", "type"), token("specialty", "specialty"),
        reference("location", "location"), reference("organization", "providedBy"),
    ]),
    ("ImagingStudy", &[
        token("identifier", "identifier"), token("modality", "series.modality"), token("status", "status"),
        patient("patient", "subject"), reference("encounter", "encounter"),
        reference("performer", "series.performer.actor"), reference("subject", "subject"),
    ]),
    ("Immunization", &[
        text("lot-number", "lotNumber"), token("identifier", "identifier"), token("reason-code", "reasonCode"),
        token("status", "status"), token("vaccine-code", "vaccineCode"), date("date", "occurrenceDateTime"),
        patient("patient", "patient"), reference("location", "location"), reference("performer", "performer.actor"),
    ]),
    ("ImmunizationEvaluation", &[
        token("identifier", "identifier"), token("status", "status"), date("date", "date"),
        patient("patient", "patient"),
    ]),
    ("ImmunizationRecommendation", &[
        token("identifier", "identifier"), token("status", "recommendation.forecastStatus"), date("date", "date"),
        patient("patient", "patient"),
    ]),
    ("ImplementationGuide", &[
        text("name", "name"), text("title", "title"), token("status", "status"), date("date", "date"),
        uri("url", "url"),
    ]),
    ("InsurancePlan", &[
        token("identifier", "identifier"), token("status", "status"), token("type", "type"),
    ]),
    ("Invoice", &[
        token("identifier", "identifier"), token("status", "status"), token("type", "type"), date("date", "date"),
        patient("patient", "subject"), reference("participant", "participant.actor"),
        reference("recipient", "recipient"), reference("subject", "subject"), quantity("totalgross", "totalGross"),
        quantity("totalnet", "totalNet"),
    ]),
    ("Library", &[
        text("name", "name"), text("title", "title"), token("identifier", "identifier"), token("status", "status"),
        token("type", "type"), date("date", "date"), uri("url", "url"),
    ]),
    ("Linkage", &[
        reference("author", "author"),
    ]),
    ("List", &[
        text("title", "title"), token("code", "code"), token("identifier", "identifier"), token("status", "status"),
        date("date", "date"), patient("patient", "subject"), reference("encounter", "encounter"),
        reference("subject", "subject"),
    ]),
    ("Location", &[
        text("name", "alias"), text("name", "name"), token("identifier", "identifier"), token("status", "status"),
        token("type", "type"), reference("organization", "managingOrganization"),
    ]),
    ("Measure", &[
        text("name", "name"), text("title", "title"), token("identifier", "identifier"), token("status", "status"),
        date("date", "date"), uri("url", "url"),
    ]),
    ("MeasureReport", &[
        token("identifier", "identifier"), token("status", "status"), date("date", "date"), date("period", "period"),
        patient("patient", "subject"), reference("subject", "subject"),
    ]),
    ("Media", &[
        token("identifier", "identifier"), token("modality", "modality"), token("status", "status"),
        token("type", "type"), date("created", "createdDateTime"), date("created", "createdPeriod"),
        patient("patient", "subject"), reference("based-on", "basedOn"), reference("encounter", "encounter"),
        reference("subject", "subject"),
    ]),
    ("Medication", &[
        token("code", "code"), token("identifier", "identifier"), token("lot-number", "batch.lotNumber"),
        token("status", "status"),
    ]),
    ("MedicationAdministration", &[
        token("code", "medicationCodeableConcept"), token("identifier", "identifier"), token("status", "status"),
        date("effective-time", "effectiveDateTime"), date("effective-time", "effectivePeriod"),
        patient("patient", "subject"), reference("medication", "medicationReference"),
        reference("performer", "performer.actor"), reference("subject", "subject"),
    ]),
    ("MedicationDispense", &[
        token("code", "medicationCodeableConcept"), token("identifier", "identifier"), token("status", "status"),
        token("type", "type"), date("whenhandedover", "whenHandedOver"), patient("patient", "subject"),
        reference("medication", "medicationReference"), reference("performer", "performer.actor"),
        reference("subject", "subject"),
    ]),
    ("MedicationKnowledge", &[
        token("code", "code"), token("status", "status"),
    ]),
    ("MedicationRequest", &[
        token("category", "category"), token("code", "medicationCodeableConcept"), token("identifier", "identifier"),
        token("intent", "intent"), token("priority", "priority"), token("status", "status"),
        date("authoredon", "authoredOn"), date("date", "dosageInstruction.timing.event"),
        patient("patient", "subject"), reference("encounter", "encounter"),
        reference("medication", "medicationReference"), reference("requester", "requester"),
        reference("subject", "subject"),
    ]),
    ("MedicationStatement", &[
        token("category", "category"), token("code", "medicationCodeableConcept"), token("identifier", "identifier"),
        token("status", "status"), patient("patient", "subject"), reference("medication", "medicationReference"),
        reference("part-of", "partOf"), reference("subject", "subject"),
    ]),
    ("MedicinalProduct", &[
        text("name", "name.productName"), token("identifier", "identifier"),
    ]),
    ("MedicinalProductAuthorization", &[
        token("identifier", "identifier"), token("status", "status"), reference("subject", "subject"),
    ]),
    ("MedicinalProductContraindication", &[
        reference("subject", "subject"),
    ]),
    ("MedicinalProductIndication", &[
        reference("subject", "subject"),
    ]),
    ("MedicinalProductInteraction", &[
        reference("subject", "subject"),
    ]),
    ("MedicinalProductPackaged", &[
        token("identifier", "identifier"), reference("subject", "subject"),
    ]),
    ("MedicinalProductPharmaceutical", &[
        token("identifier", "identifier"),
    ]),
    ("MedicinalProductUndesirableEffect", &[
        reference("subject", "subject"),
    ]),
    ("MessageDefinition", &[
        text("name", "name"), text("title", "title"), token("category", "category"), token("event", "eventCoding"),
        token("event", "eventUri"), token("identifier", "identifier"), token("status", "status"),
        date("date", "date"), uri("url", "url"),
    ]),
    ("MessageHeader", &[
        token("code", "response.code"), token("event", "eventCoding"), token("event", "eventUri"),
        reference("author", "author"), reference("sender", "sender"), reference("target", "destination.target"),
    ]),
    ("MolecularSequence", &[
        token("identifier", "identifier"), token("type", "type"), patient("patient", "patient"),
        number("variant-end", "variant.end"), number("variant-start", "variant.start"),
        number("window-end", "referenceSeq.windowEnd"), number("window-start", "referenceSeq.windowStart"),
    ]),
    ("NamingSystem", &[
        text("name", "name"), token("status", "status"), token("telecom", "contact.telecom"), token("type", "type"),
        date("date", "date"), date("period", "uniqueId.period"),
    ]),
    ("NutritionOrder", &[
        token("identifier", "identifier"), token("status", "status"), patient("patient", "patient"),
        reference("encounter", "encounter"), reference("provider", "orderer"),
    ]),
    ("Observation", &[
        token("category", "category"), token("code", "code"), token("identifier", "identifier"),
        token("status", "status"), token("value-concept", "valueCodeableConcept"), date("date", "effectiveDateTime"),
        date("date", "effectiveInstant"), date("date", "effectivePeriod"), date("date", "effectiveTiming"),
        patient("patient", "subject"), reference("based-on", "basedOn"), reference("encounter", "encounter"),
        reference("part-of", "partOf"), reference("performer", "performer"), reference("specimen", "specimen"),
        reference("subject", "subject"), quantity("value-quantity", "valueQuantity"),
    ]),
    ("OperationDefinition", &[
        text("name", "name"), text("title", "title"), token("code", "code"), token("status", "status"),
        token("type", "type"), date("date", "date"), uri("url", "url"),
    ]),
    ("Organization", &[
        text("name", "alias"), text("name", "name"), token("active", "active"), token("identifier", "identifier"),
        token("type", "type"),
    ]),
    ("OrganizationAffiliation", &[
        token("active", "active"), token("identifier", "identifier"), token("role", "code"),
        token("specialty", "specialty"), token("telecom", "telecom"), contact("email", "email"),
        contact("phone", "phone"), date("date", "period"), reference("location", "location"),
    ]),
    ("Patient", &[
        text("family", "name.family"), text("given", "name.given"), text("name", "name"), token("active", "active"),
        token("gender", "gender"), token("identifier", "identifier"), token("telecom", "telecom"),
        contact("email", "email"), contact("phone", "phone"), date("birthdate", "birthDate"),
        date("death-date", "deceasedDateTime"), reference("organization", "managingOrganization"),
    ]),
    ("PaymentNotice", &[
        token("identifier", "identifier"), token("status", "status"), date("created", "created"),
        reference("provider", "provider"),
    ]),
    ("PaymentReconciliation", &[
        token("identifier", "identifier"), token("status", "status"), date("created", "created"),
    ]),
    ("Person", &[
        text("name", "name"), token("gender", "gender"), token("identifier", "identifier"),
        token("telecom", "telecom"), contact("email", "email"), contact("phone", "phone"),
        date("birthdate", "birthDate"), patient("patient", "link.target"),
        reference("organization", "managingOrganization"), reference("practitioner", "link.target"),
    ]),
    ("PlanDefinition", &[
        text("name", "name"), text("title", "title"), token("identifier", "identifier"), token("status", "status"),
        token("type", "type"), date("date", "date"), uri("url", "url"),
    ]),
    ("Practitioner", &[
        text("family", "name.family"), text("given", "name.given"), text("name", "name"), token("active", "active"),
        token("gender", "gender"), token("identifier", "identifier"), token("telecom", "telecom"),
        contact("email", "email"), contact("phone", "phone"),
    ]),
    ("PractitionerRole", &[
        token("active", "active"), token("identifier", "identifier"), token("role", "code"),
        token("specialty", "specialty"), token("telecom", "telecom"), contact("email", "email"),
        contact("phone", "phone"), date("date", "period"), reference("location", "location"),
        reference("organization", "organization"), reference("practitioner", "practitioner"),
    ]),
    ("Procedure", &[
        token("category", "category"), token("code", "code"), token("identifier", "identifier"),
        token("reason-code", "reasonCode"), token("status", "status"), date("date", "performedDateTime"),
        date("date", "performedPeriod"), patient("patient", "subject"), reference("based-on", "basedOn"),
        reference("encounter", "encounter"), reference("location", "location"), reference("part-of", "partOf"),
        reference("performer", "performer.actor"), reference("subject", "subject"),
    ]),
    ("Provenance", &[
        date("recorded", "recorded"), patient("patient", "target"), reference("agent", "agent.who"),
        reference("entity", "entity.what"), reference("location", "location"), reference("target", "target"),
    ]),
    ("Questionnaire", &[
        text("name", "name"), text("title", "title"), token("code", "item.code"), token("identifier", "identifier"),
        token("status", "status"), date("date", "date"), uri("url", "url"),
    ]),
    ("QuestionnaireResponse", &[
        token("identifier", "identifier"), token("status", "status"), date("authored", "authored"),
        patient("patient", "subject"), reference("author", "author"), reference("based-on", "basedOn"),
        reference("encounter", "encounter"), reference("part-of", "partOf"), reference("subject", "subject"),
    ]),
    ("RelatedPerson", &[
        text("name", "name"), token("active", "active"), token("gender", "gender"),
        token("identifier", "identifier"), token("relationship", "relationship"), token("telecom", "telecom"),
        contact("email", "email"), contact("phone", "phone"), date("birthdate", "birthDate"),
        patient("patient", "patient"),
    ]),
    ("RequestGroup", &[
        token("code", "code"), token("identifier", "identifier"), token("intent", "intent"),
        token("priority", "priority"), token("status", "status"), date("authored", "authoredOn"),
        patient("patient", "subject"), reference("author", "author"), reference("encounter", "encounter"),
        reference("participant", "action.participant"), reference("subject", "subject"),
    ]),
    ("ResearchDefinition", &[
        text("name", "name"), text("title", "title"), token("identifier", "identifier"), token("status", "status"),
        date("date", "date"), uri("url", "url"),
    ]),
    ("ResearchElementDefinition", &[
        text("name", "name"), text("title", "title"), token("identifier", "identifier"), token("status", "status"),
        date("date", "date"), uri("url", "url"),
    ]),
    ("ResearchStudy", &[
        text("title", "title"), token("category", "category"), token("identifier", "identifier"),
        token("location", "location"), token("status", "status"), date("date", "period"),
    ]),
    ("ResearchSubject", &[
        token("identifier", "identifier"), token("status", "status"), date("date", "period"),
        patient("patient", "individual"),
    ]),
    ("RiskAssessment", &[
        token("identifier", "identifier"), date("date", "occurrenceDateTime"), patient("patient", "subject"),
        reference("encounter", "encounter"), reference("performer", "performer"), reference("subject", "subject"),
        number("probability", "prediction.probabilityDecimal"),
    ]),
    ("RiskEvidenceSynthesis", &[
        text("name", "name"), text("title", "title"), token("identifier", "identifier"), token("status", "status"),
        date("date", "date"), uri("url", "url"),
    ]),
    ("Schedule", &[
        token("active", "active"), token("identifier", "identifier"), token("service-category", "serviceCategory"),
        token("service-type", "serviceType"), token("specialty", "specialty"), date("date", "planningHorizon"),
        reference("actor", "actor"),
    ]),
    ("SearchParameter", &[
        text("name", "name"), token("code", "code"), token("status", "status"), token("target", "target"),
        token("type", "type"), date("date", "date"), uri("url", "url"),
    ]),
    ("ServiceRequest", &[
        token("category", "category"), token("code", "code"), token("identifier", "identifier"),
        token("intent", "intent"), token("priority", "priority"), token("status", "status"),
        date("authored", "authoredOn"), date("occurrence", "occurrenceDateTime"),
        date("occurrence", "occurrencePeriod"), date("occurrence", "occurrenceTiming"),
        patient("patient", "subject"), reference("based-on", "basedOn"), reference("encounter", "encounter"),
        reference("performer", "performer"), reference("requester", "requester"), reference("specimen", "specimen"),
        reference("subject", "subject"),
    ]),
    ("Slot", &[
        token("identifier", "identifier"), token("service-category", "serviceCategory"),
        token("service-type", "serviceType"), token("specialty", "specialty"), token("status", "status"),
        date("start", "start"), reference("schedule", "schedule"),
    ]),
    ("Specimen", &[
        token("identifier", "identifier"), token("status", "status"), token("type", "type"),
        date("collected", "collection.collectedDateTime"), date("collected", "collection.collectedPeriod"),
        patient("patient", "subject"), reference("subject", "subject"),
    ]),
    ("SpecimenDefinition", &[
        token("identifier", "identifier"), token("type", "typeCollected"),
    ]),
    ("StructureDefinition", &[
        text("name", "name"), text("title", "title"), token("identifier", "identifier"), token("status", "status"),
        date("date", "date"), uri("type", "type"), uri("url", "url"),
    ]),
    ("StructureMap", &[
        text("name", "name"), text("title", "title"), token("identifier", "identifier"), token("status", "status"),
        date("date", "date"), uri("url", "url"),
    ]),
    ("Subscription", &[
        token("status", "status"), token("type", "channel.type"), uri("url", "channel.endpoint"),
    ]),
    ("Substance", &[
        token("category", "category"), token("code", "code"), token("code", "ingredient.substanceCodeableConcept"),
        token("identifier", "identifier"), token("status", "status"), quantity("quantity", "instance.quantity"),
    ]),
    ("SubstanceSpecification", &[
        token("code", "code.code"),
    ]),
    ("SupplyDelivery", &[
        token("identifier", "identifier"), token("status", "status"), patient("patient", "patient"),
    ]),
    ("SupplyRequest", &[
        token("category", "category"), token("identifier", "identifier"), token("status", "status"),
        date("date", "authoredOn"), reference("requester", "requester"), reference("subject", "deliverTo"),
    ]),
    ("Task", &[
        token("code", "code"), token("identifier", "identifier"), token("intent", "intent"),
        token("performer", "performerType"), token("priority", "priority"), token("status", "status"),
        date("period", "executionPeriod"), patient("patient", "for"), reference("based-on", "basedOn"),
        reference("encounter", "encounter"), reference("part-of", "partOf"), reference("requester", "requester"),
        reference("subject", "for"),
    ]),
    ("TerminologyCapabilities", &[
        text("name", "name"), text("title", "title"), token("status", "status"), date("date", "date"),
        uri("url", "url"),
    ]),
    ("TestReport", &[
        token("identifier", "identifier"), token("result", "result"), date("issued", "issued"),
        uri("participant", "participant.uri"),
    ]),
    ("TestScript", &[
        text("name", "name"), text("title", "title"), token("identifier", "identifier"), token("status", "status"),
        date("date", "date"), uri("url", "url"),
    ]),
    ("ValueSet", &[
        text("name", "name"), text("title", "title"), token("code", "compose.include.concept.code"),
        token("code", "expansion.contains.code"), token("identifier", "identifier"), token("status", "status"),
        date("date", "date"), uri("url", "url"),
    ]),
    ("VerificationResult", &[
        reference("target", "target"),
    ]),
    ("VisionPrescription", &[
        token("identifier", "identifier"), token("status", "status"), patient("patient", "patient"),
        reference("encounter", "encounter"),
    ]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_names_types() {
        assert!(PARAMS.is_sorted_by(|a, b| a.0 < b.0));
        for (kind, params) in PARAMS {
            assert!(crate::types::is_resource_type(kind), "{kind}");
            for (at, param) in params.iter().enumerate() {
                let same =
                    |other: &Param| other.name == param.name && other.path == param.path && other.kind == param.kind;
                assert!(!params[at + 1..].iter().any(same), "{kind}: {} twice", param.name);
            }
        }
    }
}
