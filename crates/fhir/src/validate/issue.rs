//! What a validation finds, in codes and in English. No text repeats a value of the resource.

/// How bad an issue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The resource is valid all the same.
    Information,
    /// Valid, and yet not as it should be.
    Warning,
    /// Not valid.
    Error,
}

impl Severity {
    /// As `OperationOutcome.issue.severity` has it.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Information => "information",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident $name:literal $code:literal $text:literal $with:literal,)*) => {
        /// What is wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Reason { $($(#[$doc])* $variant,)* }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Reason] = &[$(Reason::$variant,)*];

            /// A stable name, for texts in other languages.
            pub fn name(self) -> &'static str {
                match self { $(Reason::$variant => $name,)* }
            }

            /// The code of `http://hl7.org/fhir/issue-type`.
            pub fn code(self) -> &'static str {
                match self { $(Reason::$variant => $code,)* }
            }

            /// The reason with that name.
            pub fn named(name: &str) -> Option<Reason> {
                match name { $($name => Some(Reason::$variant),)* _ => None }
            }

            /// Whether it has other words where it is known what would be right.
            pub fn has_detail(self) -> bool {
                !self.texts().1.is_empty()
            }

            /// What it means, and the same where it is known what would be right.
            fn texts(self) -> (&'static str, &'static str) {
                match self { $(Reason::$variant => ($text, $with),)* }
            }
        }
    };
}

reasons! {
    /// No such element; the detail names the type it is not in.
    Unknown "fhir.unknown" "structure" "There is no such element." "There is no such element in {}.",
    /// JSON of another kind than the type has; the detail names the type.
    Type "fhir.type" "structure" "The value is of another type." "The value must be {}.",
    /// A primitive that is not written as its type is; the detail names the type.
    Form "fhir.form" "value" "The value is not written as its type is." "The value is not written as a {} is.",
    /// An empty object, array or text.
    Empty "fhir.empty" "structure" "An element must have a value or other elements." "",
    /// One value where an array belongs.
    Array "fhir.array" "structure" "The element repeats: it must be an array." "",
    /// An array where one value belongs.
    Single "fhir.single" "structure" "The element does not repeat: it must not be an array." "",
    /// `null` where nothing stands beside it.
    Null "fhir.null" "structure" "null is allowed only where extensions stand beside it." "",
    /// The arrays of values and of what stands beside them differ in length.
    Alignment "fhir.alignment" "structure" "The array of values and the one with their extensions must be of the same length." "",
    /// Less than the least; the detail names the element, and how often where that is more than once.
    Required "fhir.required" "required" "A required element is missing." "This required element is missing: {}.",
    /// More than the most; the detail is how many there may be.
    Many "fhir.many" "structure" "There are too many of this element." "There are too many of this element; allowed at most: {}.",
    /// Two types of one choice.
    Choice "fhir.choice" "structure" "Only one type of this element may be given." "",
    /// Not of the value set; the detail is its URL.
    Code "fhir.code" "code-invalid" "The code is not in the value set that is required." "The code is not in the value set that is required: {}.",
    /// A reference to a type it may not point at; the detail lists those it may.
    Target "fhir.target" "value" "The reference points at a type that it may not point at." "The reference may only point at: {}.",
    /// `Reference.type` says another type than the reference.
    ReferenceType "fhir.reference-type" "value" "The type of the reference is not that of its target." "",
    /// A `#id` that is not contained.
    Contained "fhir.contained" "not-found" "No contained resource has this id." "",
    /// What is contained does not follow the rules for that; the detail is the rule.
    ContainedRule "fhir.contained-rule" "invariant" "The contained resource breaks a rule." "The contained resource breaks a rule: {}.",
    /// A constraint; the detail is its key and its words.
    Invariant "fhir.invariant" "invariant" "A rule of the definitions is broken." "This rule is broken: {}.",
    /// A constraint that could not be evaluated; the detail is its key.
    Unevaluated "fhir.unevaluated" "not-supported" "A rule could not be evaluated." "This rule could not be evaluated: {}.",
    /// Not the value that a profile fixes; the detail is the profile.
    Fixed "fhir.fixed" "value" "The profile fixes another value here." "The profile fixes another value here: {}.",
    /// Not as a profile's pattern has it; the detail is the profile.
    Pattern "fhir.pattern" "value" "The value does not follow the pattern of the profile." "The value does not follow the pattern of the profile: {}.",
    /// Less than a profile allows; the detail is the least value.
    Least "fhir.min-value" "value" "The value is less than the profile allows." "The value must not be less than {}.",
    /// More than a profile allows; the detail is the greatest value.
    Most "fhir.max-value" "value" "The value is more than the profile allows." "The value must not be more than {}.",
    /// Longer than a profile allows; the detail is how many characters there may be.
    Length "fhir.max-length" "too-long" "The text is longer than the profile allows." "The text is too long; characters at most: {}.",
    /// What a reference points at follows none of the profiles of its targets; the detail lists those.
    TargetProfile "fhir.target-profile" "value" "What the reference points at does not follow the profile that is asked for." "What the reference points at must follow: {}.",
    /// Of none of the slices, where they are all there may be; the detail is the profile.
    Slice "fhir.slice" "structure" "The element is of none of the slices of the profile." "The element is of none of the slices of the profile: {}.",
    /// Slices in another order than the profile has them.
    Order "fhir.order" "structure" "The slices are in another order than the profile has them." "The slices are in another order than the profile has them: {}.",
    /// A profile nobody here knows; the detail is not given, for the URL came with the resource.
    UnknownProfile "fhir.unknown-profile" "not-found" "The profile is not known here: nothing was checked against it." "The profile is not known here: {}.",
    /// The resource is of another type than the profile is for; the detail is that type.
    ProfileType "fhir.profile-type" "invalid" "The profile is for another type." "The profile is for another type: {}.",
    /// No type of R4, or none that can have instances.
    ResourceType "fhir.resource-type" "structure" "resourceType must name a resource type of FHIR R4." "",
    /// Objects and arrays too deep within each other.
    Deep "fhir.deep" "too-costly" "The resource is nested too deeply." "",
    /// The steps of the validation are used up.
    Costly "fhir.costly" "too-costly" "The validation takes too many steps: not every rule was evaluated." "",
    /// There are more issues than are told; the detail is how many are told.
    More "fhir.more" "incomplete" "There are more problems than are listed here." "There are more problems than the {} listed here.",
}

/// One thing that a validation found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// How bad it is.
    pub severity: Severity,
    /// What it is.
    pub reason: Reason,
    /// Where, as FHIRPath: `Patient.name[0].family`. A choice has the name of the element: `Observation.value`.
    pub path: String,
    /// What would be right, or the rule: taken from definitions, never from the resource. May be empty.
    pub detail: String,
}

impl Issue {
    /// The code of `http://hl7.org/fhir/issue-type`.
    pub fn code(&self) -> &'static str {
        self.reason.code()
    }

    /// What is wrong, in English.
    pub fn text(&self) -> String {
        let (plain, with) = self.reason.texts();
        if self.detail.is_empty() || with.is_empty() {
            return plain.to_owned();
        }
        // A rule has words that end with a full stop of their own.
        with.replacen("{}", self.detail.trim_end_matches('.'), 1)
    }

    /// Whether the resource is not valid for it.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
