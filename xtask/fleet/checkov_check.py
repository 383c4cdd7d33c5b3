"""checkov over folders: no check fails that is not waived with a reason, and every waiver is needed.

checkov_check.py FRAMEWORK WAIVERS FOLDER...
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor


def answers(text):
    """One answer; of more than one framework a list."""
    text = text.strip()
    while text:
        one, end = json.JSONDecoder().raw_decode(text)
        yield from one if isinstance(one, list) else [one]
        text = text[end:].strip()


def gathered(folders, made):
    """Copies below one folder for each core: of several that it is given, checkov looks at one, as many times. Without the list
    that providers get, which it would follow by itself."""
    files = [sum(len(names) for _, _, names in os.walk(folder)) for folder in folders]
    parts = [0] * min(os.cpu_count() or 1, len(folders))
    for at in sorted(range(len(folders)), key=lambda at: -files[at]):
        part = parts.index(min(parts))
        parts[part] += files[at]
        shutil.copytree(folders[at], f"{made}/{part}/{at}", ignore=shutil.ignore_patterns(".checkov.yaml"))
    return [f"{made}/{part}" for part in range(len(parts))]


def known_to_it(made):
    """Workflows without what checkov's schema of them does not know: it leaves out, and says nothing, what breaks that."""
    for root, _, files in os.walk(made):
        for file in (os.path.join(root, name) for name in files if name.endswith(".yml")):
            with open(file, encoding="utf-8") as workflow:
                text = workflow.read()
            text = re.sub(r"\n +attestations: .*|\n +cancel-in-progress: \$.*", "", text)
            with open(file, "w", encoding="utf-8") as workflow:
                workflow.write(text)


def scanned(framework, above):
    """What checkov says of all that is below a folder, and what else it said."""
    words = [sys.prefix + "/bin/checkov", "--framework", framework, "--compact", "--skip-download", "--output", "json", "--directory", above]
    # What was built may lie below a hidden folder, such as a cache.
    return subprocess.run(words, capture_output=True, text=True, check=False, env={**os.environ, "CKV_IGNORE_HIDDEN_DIRECTORIES": "False"})


def unseen(reports, folders):
    """Folders of which no file was checked."""
    checks = (check for report in reports for kind in ("passed_checks", "failed_checks") for check in report["results"][kind])
    seen = {check["file_path"].split("/")[1] for check in checks}
    return [folder for at, folder in enumerate(folders) if str(at) not in seen]


def main():
    with tempfile.TemporaryDirectory() as made:
        return check(*sys.argv[1:3], sys.argv[3:], made)


def check(framework, waivers, folders, made):
    parts = gathered(folders, made)
    if framework == "github_actions":
        known_to_it(made)
    reports = []
    with ThreadPoolExecutor() as pool:
        for said in pool.map(lambda above: scanned(framework, above), parts):
            try:
                reports += answers(said.stdout)
            except ValueError:
                print(said.stdout[-2000:], said.stderr[-2000:], file=sys.stderr)
                return 1
    with open(waivers, "rb") as file:
        waived = tomllib.load(file)
    failed, used, passed, broken = [], set(), 0, 0
    for report in reports:
        if "summary" not in report:
            print(f"checkov found nothing to look at: {report}", file=sys.stderr)
            return 1
        passed += report["summary"]["passed"]
        broken += report["summary"]["parsing_errors"]
        for check in report["results"]["failed_checks"]:
            if check["check_id"] in waived:
                used.add(check["check_id"])
            else:
                failed.append(f"{check['check_id']} {check['check_name']}: {check['resource']} in {check['file_path']}")
    for one in failed[:20]:
        print(one, file=sys.stderr)
    for one in sorted(waived.keys() - used):
        print(f"{waivers}: nothing fails {one} any more", file=sys.stderr)
    missed = unseen(reports, folders)
    for folder in missed:
        print(f"{folder}: nothing of it was checked", file=sys.stderr)
    print(f"checkov: {passed} passed, {len(failed)} failed, {len(used)} waived checks, {broken} files not read")
    return 1 if failed or broken or missed or not passed or waived.keys() - used else 0


sys.exit(main())
