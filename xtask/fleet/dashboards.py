"""Reads what `--to grafana` wrote: dashboards through grafana-foundation-sdk, whose models Grafana Labs generates from Grafana's
own schemas (a key that they do not know is lost on the way through), provisioning and the collector as YAML with what it needs."""

import json
import sys
from pathlib import Path

import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

wrong = []


def lost(ours, theirs, path):
    """Paths of what was written and does not come back."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key, value in ours.items():
            if key not in theirs and value is not None:
                yield f"{path}.{key}"
            elif key in theirs:
                yield from lost(value, theirs[key], f"{path}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            yield path
        for at, (one, other) in enumerate(zip(ours, theirs)):
            yield from lost(one, other, f"{path}[{at}]")
    elif ours != theirs:
        yield f"{path}: {ours!r} became {theirs!r}"


def dashboard(file):
    ours = json.loads(file.read_text())
    theirs = json.loads(json.dumps(Dashboard.from_json(ours), cls=JSONEncoder))
    for path in lost(ours, theirs, file.name):
        wrong.append(f"{file}: Grafana does not know {path}")
    taken = set()
    for panel in ours["panels"]:
        for key in ["title", "description", "targets"]:
            if not panel.get(key):
                wrong.append(f"{file}: a panel without {key}: {panel.get('title')}")
        defaults = panel["fieldConfig"]["defaults"]
        if not defaults.get("unit") or not defaults["thresholds"]["steps"]:
            wrong.append(f"{file}: {panel['title']} has no unit or no thresholds")
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        if cells & taken or place["x"] + place["w"] > 24:
            wrong.append(f"{file}: {panel['title']} lies on another panel or beside the page")
        taken |= cells


def collector(file):
    config = yaml.safe_load(file.read_text())
    service = config["service"]
    used = {"extensions": set(service["extensions"])}
    for name, pipeline in service["pipelines"].items():
        for kind in ["receivers", "processors", "exporters"]:
            if not pipeline[kind]:
                wrong.append(f"{file}: {name} has no {kind}")
            used.setdefault(kind, set()).update(pipeline[kind])
    for kind, names in used.items():
        if names != set(config[kind]):
            wrong.append(f"{file}: {kind} declared and used differ: {names ^ set(config[kind])}")


def provisioning(folder):
    sources = yaml.safe_load((folder / "provisioning/datasources/aroeira.yml").read_text())["datasources"]
    uids = {source["uid"] for source in sources}
    for file in sorted((folder / "dashboards").glob("*.json")):
        for panel in json.loads(file.read_text())["panels"]:
            if panel["datasource"]["uid"] not in uids:
                wrong.append(f"{file}: {panel['title']} asks a data source that there is not")
    yaml.safe_load((folder / "provisioning/dashboards/aroeira.yml").read_text())


register_default_plugins()
read = 0
for folder in map(Path, sys.argv[1:]):
    files = sorted((folder / "dashboards").glob("*.json"))
    read += len(files)
    for file in files:
        dashboard(file)
    provisioning(folder)
    if (folder / "collector.yaml").exists():
        collector(folder / "collector.yaml")
if not read:
    wrong.append("there are no dashboards")
if wrong:
    sys.exit("\n".join(wrong))
