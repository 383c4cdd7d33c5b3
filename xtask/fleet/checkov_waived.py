"""checkov over directories, by one framework: fails for each check that is not passed and not in the list of what is waived, and
for each waiver that nothing needs any more."""

import contextlib
import io
import json
import os
import sys
from pathlib import Path

import yaml
from checkov.main import Checkov


def failed(framework, directory):
    """What checkov does not pass in a directory: check, its name, where. And how many it passes."""
    said = io.StringIO()
    words = ["--directory", directory, "--framework", framework, "--compact", "--skip-download", "--quiet", "--output", "json"]
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        Checkov(argv=words).run(banner="")
    reports = json.loads(said.getvalue() or "[]")
    reports = reports if isinstance(reports, list) else [reports]
    found, passed = [], 0
    for report in (one for one in reports if "results" in one):
        passed += report["summary"]["passed"]
        if report["summary"]["parsing_errors"]:
            found.append(("parsing", str(report["results"].get("parsing_errors")), directory))
        for one in report["results"]["failed_checks"]:
            found.append((one["check_id"], one["check_name"], f"{directory}{one['file_path']} {one['resource']}"))
    return found, passed


def main(framework, waivers, *directories):
    os.environ["LOG_LEVEL"] = "ERROR"
    waived = yaml.safe_load(Path(waivers).read_text()) or {}
    # One run over what all of them have in common: checkov takes longer to start than to look.
    common = os.path.commonpath(directories)
    found, passed = failed(framework, common)
    problems = [f"{check} {name}: {where}" for check, name, where in found if check not in waived]
    needed = {check for check, *_ in found}
    problems += [f"{check} is waived in {Path(waivers).name}, and nothing fails it" for check in waived if check not in needed]
    if not passed:
        problems.append(f"checkov found nothing of {framework} to look at")
    print("\n".join(sorted(set(problems))))
    print(f"checkov {framework}: {len(directories)} directories, {passed} passed, {len(found)} not, {len(waived)} checks waived, {len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
