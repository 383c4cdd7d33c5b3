"""What `aroeira fleet render` writes for Kubernetes, Helm and Argo CD, in the hands of what reads it.

kubernetes_check.py OUT DIRECTORY... : each DIRECTORY is a preset's; `kubernetes`, `helm`, `argocd` below it are looked at. Writes
what each chart renders to below OUT, every file of Aroeira's settings below OUT/settings, and what Prometheus and Alertmanager
read in the cluster below OUT/watching/PRESET.
"""

import functools
import json
import subprocess
import sys
from pathlib import Path

import helm_python
import kubernetes_validate
import yaml

# The YAML of Kubernetes reads 0440 as an octal number, as PyYAML does; libyaml is many times as fast.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
VERSION = "1.37"
SHAPES = json.loads((Path(__file__).parent / "kubernetes" / "shapes.json").read_text())
# The package reads megabytes of schemas anew for each object: it may remember them.
utils = kubernetes_validate.utils
utils.schema_contents = functools.cache(utils.schema_contents)
utils.all_versions = functools.cache(utils.all_versions)
faults = []


def fault(where, what):
    faults.append(f"{where}: {what}")


def documents(text, where):
    try:
        return [one for one in yaml.load_all(text, LOADER) if one is not None]
    except yaml.YAMLError as error:
        fault(where, f"no YAML: {error}")
        return []


def name(one):
    meta = one.get("metadata", {})
    return one.get("apiVersion"), one.get("kind"), meta.get("namespace"), meta.get("name")


def built_in(group):
    return "." not in group or group.endswith(".k8s.io")


def validate(objects, where):
    """Built-in kinds against their schemas, strictly; the others are told apart for the schemas of npm and our own shapes."""
    own = []
    for one in objects:
        group = one.get("apiVersion", "").rpartition("/")[0]
        if not built_in(group):
            own.append(one)
            continue
        if one["kind"] == "Kustomization":
            continue
        try:
            kubernetes_validate.validate(one, VERSION, strict=True)
        except Exception as error:  # noqa: BLE001 - whatever it says is a fault of ours
            fault(f"{where}: {name(one)}", str(error).splitlines()[0])
    return own


def paths(value, path=()):
    """Every leaf of a value, as shapes.json names it."""
    if path and path[-1] in SHAPES["open"]:
        yield path
    elif isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from paths(inner, (*path, key))
    elif isinstance(value, list):
        for inner in value:
            yield from paths(inner, (*path, "[]"))
    else:
        yield path


def shaped(one, where):
    """A kind that an operator adds has the fields that we know of, and those it cannot do without."""
    known = SHAPES.get(f"{one['apiVersion']} {one['kind']}")
    if known is None:
        fault(f"{where}: {name(one)}", "shapes.json does not know this kind")
        return
    rules = [tuple(rule.rstrip("!").split(".")) for rule in known]
    leaves = set(paths(one["spec"]))
    for leaf in leaves:
        if not any(len(rule) == len(leaf) and all(a in ("*", b) for a, b in zip(rule, leaf)) for rule in rules):
            fault(f"{where}: {name(one)}", f"no field {'.'.join(leaf)}")
    for rule in known:
        if rule.endswith("!") and tuple(rule[:-1].split(".")) not in leaves:
            fault(f"{where}: {name(one)}", f"{rule[:-1]} is missing")


def linked(objects, where):
    """What one object calls another by is there: claims, accounts, settings, namespaces, classes, selectors."""
    there = {name(one)[1:] for one in objects}
    spaces = {one["metadata"]["name"] for one in objects if one["kind"] == "Namespace"}
    for one in objects:
        _, kind, space, own = name(one)
        if space and space not in spaces and space not in ("nvidia-device-plugin", "velero"):
            fault(f"{where}: {kind} {own}", f"no namespace {space}")
        if kind in ("StatefulSet", "Deployment", "DaemonSet"):
            pod = one["spec"]["template"]["spec"]
            labels = one["spec"]["template"]["metadata"]["labels"]
            wanted = [("ServiceAccount", pod["serviceAccountName"])]
            for volume in pod["volumes"]:
                if "configMap" in volume:
                    wanted.append(("ConfigMap", volume["configMap"]["name"]))
                if "secret" in volume:
                    wanted.append(("ExternalSecret", volume["secret"]["secretName"]))
            if kind == "StatefulSet":
                wanted.append(("Service", one["spec"]["serviceName"]))
                for claim in one["spec"].get("volumeClaimTemplates", []):
                    if ("StorageClass", None, claim["spec"]["storageClassName"]) not in there:
                        fault(f"{where}: {kind} {own}", f"no storage class {claim['spec']['storageClassName']}")
            for what, called in wanted:
                if (what, space, called) not in there:
                    fault(f"{where}: {kind} {own}", f"no {what} {called}")
            selector = one["spec"]["selector"]["matchLabels"]
            if selector.items() - labels.items():
                fault(f"{where}: {kind} {own}", "its selector finds none of its pods")
            mounts = {mount["name"] for container in pod["containers"] for mount in container["volumeMounts"]}
            volumes = {volume["name"] for volume in pod["volumes"]}
            volumes |= {claim["metadata"]["name"] for claim in one["spec"].get("volumeClaimTemplates", [])}
            if mounts != volumes:
                fault(f"{where}: {kind} {own}", f"mounts {sorted(mounts)}, volumes {sorted(volumes)}")
        if kind == "Ingress":
            for rule in one["spec"]["rules"]:
                for path in rule["http"]["paths"]:
                    called = path["backend"]["service"]["name"]
                    if ("Service", space, called) not in there:
                        fault(f"{where}: {kind} {own}", f"no service {called}")
    hosts = [rule["host"] for one in objects if one["kind"] == "Ingress" for rule in one["spec"]["rules"]]
    for host in {host for host in hosts if hosts.count(host) > 1}:
        fault(where, f"two services at {host}")


def roomy(objects, where):
    """Quotas leave room for all pods that are asked for."""
    quotas = {one["metadata"]["namespace"]: one["spec"]["hard"] for one in objects if one["kind"] == "ResourceQuota"}
    most = {(space, one["spec"]["scaleTargetRef"]["name"]): one["spec"]["maxReplicas"]
            for one in objects for space in [one["metadata"].get("namespace")]
            if one["kind"] == "HorizontalPodAutoscaler"}
    used = {}
    for one in objects:
        if one["kind"] in ("StatefulSet", "Deployment"):
            space = one["metadata"]["namespace"]
            count = most.get((space, one["metadata"]["name"]), one["spec"].get("replicas", 1))
            sums = used.setdefault(space, {"pods": 0, "requests.cpu": 0, "requests.memory": 0, "limits.cpu": 0, "limits.memory": 0})
            sums["pods"] += count
            asks = [each["resources"] for each in one["spec"]["template"]["spec"]["containers"]]
            for side, asked in ((side, each[side]) for side in ("requests", "limits") for each in asks):
                sums[f"{side}.cpu"] += count * int(asked["cpu"].removesuffix("m"))
                sums[f"{side}.memory"] += count * int(asked["memory"].removesuffix("Mi"))
    for space, sums in used.items():
        for key, sum_ in sums.items():
            hard = quotas.get(space, {}).get(key)
            if hard is None or int(hard.rstrip("mMi")) < sum_:
                fault(f"{where}: {space}", f"quota {key} is {hard}, pods ask for {sum_}")


def same(manifests, chart, where):
    """The chart with its values as they stand gives the very objects of the manifests."""
    left, right = ({name(one): one for one in side} for side in (manifests, chart))
    for key in sorted(left.keys() ^ right.keys(), key=str):
        fault(where, f"only {'manifests have' if key in left else 'the chart has'} {key}")
    for key in left.keys() & right.keys():
        if left[key] != right[key]:
            fault(where, f"manifests and chart differ in {key}")


def chart(folder, where, out):
    for values in [None, *sorted(folder.glob("values-*.yaml"))]:
        given = yaml.load(values.read_text(), LOADER) if values else None
        said = helm_python.chart.lint(str(folder), values=given, strict=True)
        # Severities: 1 informs, 2 warns, 3 is an error.
        bad = [one for one in said["messages"] if one["severity"] > 1] + said["errors"]
        if bad or said["total_charts_linted"] != 1:
            fault(f"{where} {values or ''}", f"lint: {bad or said}")
    rendered = {}
    with helm_python.chart.Chart.load(str(folder)) as loaded:
        for values in [None, *sorted(folder.glob("values-*.yaml"))]:
            given = yaml.load(values.read_text(), LOADER) if values else None
            files = loaded.render(values=given, name="fleet", namespace="fleet-system")
            text = "\n---\n".join(text for file, text in sorted(files.items()) if file.endswith(".yaml"))
            rendered[values.stem if values else "values"] = documents(text, where)
            if values is None:
                out.mkdir(parents=True, exist_ok=True)
                (out / "chart.yaml").write_text(text)
        # A part alone gives what belongs to it, and all parts together give the whole.
        whole = loaded.values["parts"]
        count = 0
        for part in whole:
            files = loaded.render(values={"parts": {one: one == part for one in whole}}, name="fleet", namespace="x")
            count += sum(len(documents(text, where)) for file, text in files.items() if file.endswith(".yaml"))
        if count != len(rendered["values"]):
            fault(where, f"parts give {count} objects, the whole {len(rendered['values'])}")
    return rendered


def argo(folder, objects, where):
    """Applications call the project that is there, allow what the chart writes and no more, and never prune data."""
    all_ = [one for file in sorted(folder.rglob("*.yaml")) for one in documents(file.read_text(), file)]
    projects = {one["metadata"]["name"]: one["spec"] for one in all_ if one["kind"] == "AppProject"}
    written = {(one["apiVersion"].rpartition("/")[0], one["kind"]) for one in objects}
    for project in projects.values():
        allowed = {(one["group"], one["kind"]) for key in ("clusterResourceWhitelist", "namespaceResourceWhitelist") for one in project[key]}
        if allowed != written:
            fault(where, f"project and chart differ in {sorted(allowed ^ written)}")
    for one in all_:
        if one["kind"] == "Application":
            spec = one["spec"]
            if spec["project"] not in {*projects, "default"}:
                fault(where, f"no project {spec['project']}")
            # Every target is rendered below deploy/.
            if spec["source"]["path"] not in ("deploy/helm", "deploy/argocd/apps"):
                fault(where, f"{one['metadata']['name']} looks at {spec['source']['path']}")
            parts = spec["source"].get("helm", {}).get("valuesObject", {}).get("parts", {})
            if (parts.get("data") or parts.get("clinics")) and spec["syncPolicy"]["automated"]["prune"]:
                fault(where, f"{one['metadata']['name']} prunes data")
            for file in spec["source"].get("helm", {}).get("valueFiles", []):
                if not (folder.parent / "helm" / file).exists():
                    fault(where, f"no {file} in the chart")
    return all_


def main():
    out = Path(sys.argv[1])
    custom, settings, counts = [], set(), {"objects": 0, "charts": 0}
    for preset in map(Path, sys.argv[2:]):
        files = sorted((preset / "kubernetes").rglob("*.yaml"))
        objects = [one for file in files for one in documents(file.read_text(), file)]
        objects = [one for one in objects if one["kind"] != "Kustomization"]
        if not objects:
            continue
        where = preset.name
        counts["objects"] += len(objects)
        before = len(faults)
        custom += [(where, one) for one in validate(objects, where)]
        settings |= {text for one in objects if one["kind"] == "ConfigMap"
                     for file, text in one["data"].items() if file == "aroeira.toml"}
        for one in objects:
            program = one["metadata"].get("labels", {}).get("app.kubernetes.io/name")
            if one["kind"] == "ConfigMap" and program in ("prometheus", "alertmanager"):
                inside = out / "watching" / where / ("rules" if one["metadata"]["name"].endswith("-rules") else "")
                inside.mkdir(parents=True, exist_ok=True)
                for file, text in one["data"].items():
                    (inside / file).write_text(text)
        # What is not even of its type is not counted with.
        if len(faults) == before:
            linked(objects, where)
            roomy(objects, where)
        keys = [name(one) for one in objects]
        for key in {key for key in keys if keys.count(key) > 1}:
            fault(where, f"twice: {key}")
        built = subprocess.run([sys.prefix + "/bin/kubectl", "kustomize", preset / "kubernetes"], capture_output=True, text=True, check=False)
        if built.returncode:
            fault(where, f"kustomize: {built.stderr.strip()}")
        same(objects, documents(built.stdout, where), f"{where} kustomize")
        counts["charts"] += 1
        rendered = chart(preset / "helm", where, out / where)
        same(objects, rendered.pop("values"), where)
        for environment, smaller in rendered.items():
            validate(smaller, f"{where} {environment}")
            linked(smaller, f"{where} {environment}")
            roomy(smaller, f"{where} {environment}")
            if len(smaller) > len(objects):
                fault(f"{where} {environment}", "is larger than production")
        custom += [(where, one) for one in argo(preset / "argocd", objects, where)]
    (out / "settings").mkdir(parents=True, exist_ok=True)
    for at, text in enumerate(sorted(settings)):
        (out / "settings" / f"{at}.toml").write_text(text)
    for where, one in custom:
        shaped(one, where)
    (out / "custom.json").write_text(json.dumps(custom))
    for one in faults[:40]:
        print(one, file=sys.stderr)
    print(f"{counts['objects']} objects, {counts['charts']} charts, {len(custom)} of other kinds, {len(faults)} faults")
    return 1 if faults else 0


sys.exit(main())
