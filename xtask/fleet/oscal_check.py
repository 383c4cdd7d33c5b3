"""Reads OSCAL through compliance-trestle, whose models are generated from NIST's own schemas and refuse what those do not know, and
through its validators: identifiers once each, and references that lead somewhere."""

import sys
from pathlib import Path

from trestle.core.duplicates_validator import DuplicatesValidator
from trestle.core.refs_validator import RefsValidator
from trestle.oscal.assessment_results import AssessmentResults
from trestle.oscal.component import ComponentDefinition

wrong = []


def read(model, file):
    try:
        found = model.oscal_read(file)
    except Exception as error:  # trestle raises its own and those of pydantic
        wrong.append(f"{file}: {error}")
        return None
    for validator in [DuplicatesValidator(), RefsValidator()]:
        if not validator.model_is_valid(found, False, file.parent):
            wrong.append(f"{file}: {type(validator).__name__}")
    return found


for folder in map(Path, sys.argv[1:]):
    results = read(AssessmentResults, folder / "assessment-results.json")
    definition = read(ComponentDefinition, folder / "component-definition.json")
    if not results or not definition:
        continue
    result = results.results[0]
    there = {observation.uuid for observation in result.observations or []}
    for finding in result.findings:
        for related in finding.related_observations or []:
            if related.observation_uuid not in there:
                wrong.append(f"{folder}: {finding.title} names an observation that there is not")
        satisfied = finding.target.status.state == "satisfied"
        if satisfied and not finding.related_observations:
            wrong.append(f"{folder}: {finding.title} is satisfied by nothing")
    stated = {one.control_id for part in definition.components for source in part.control_implementations for one in source.implemented_requirements}
    found = {finding.target.target_id for finding in result.findings}
    if not found or not found <= stated:
        wrong.append(f"{folder}: the two files speak of other controls")
if len(sys.argv) < 2:
    wrong.append("there is nothing to read")
if wrong:
    sys.exit("\n".join(wrong))
