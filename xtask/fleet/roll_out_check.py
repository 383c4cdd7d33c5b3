"""The rendered roll-out against stand-ins of what it calls: it goes on when all is well, and goes back when it is not.

roll_out_check.py SCRIPT... : each SCRIPT is a rendered .github/scripts/roll-out.sh. The stand-ins keep what runs in state.json.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

OLD, NEW = "r.example/aroeira:0.1.0", "r.example/aroeira@sha256:" + "a" * 64
NAMES = ["ns-a/aroeira-1", "ns-a/aroeira-2"]

# What Prometheus answers: `burns` are the processes whose errors pass the limit once the new image runs, with their labels.
CURL = """
query = next(word for word in words if word.startswith("query="))
burning = [name for name, label in state["burns"].items() if state["runs"].get(name) == NEW and label in query]
value = None if state["unseen"] else "1" if query.startswith("query=min(up{") else "99" if burning else "0"
print(json.dumps({"data": {"result": [] if value is None else [{"value": [0, value]}]}}))
"""
KUBECTL = """
def pod(space, name): return {"spec": {"containers": [{"name": "aroeira", "image": state["runs"][f"{space}/{name}"]}]}}
def set_of(key):
    space, name = key.split("/")
    spec = {"selector": {"matchLabels": {"app.kubernetes.io/instance": name}},
            "template": {"metadata": {"labels": {"app.kubernetes.io/name": "aroeira"}}, **pod(space, name)}}
    return {"metadata": {"namespace": space, "name": name}, "spec": spec}
space = words[1] if words[0] == "--namespace" else ""
rest = words[2:] if space else words
if rest[:2] == ["get", "statefulset"]:
    print(json.dumps({"items": [set_of(key) for key in sorted(state["runs"])]}))
elif rest[0] == "get" and rest[1].startswith("statefulset/"):
    print(json.dumps(set_of(f"{space}/{rest[1].partition('/')[2]}")))
elif rest[:2] == ["get", "pod"]:
    print(json.dumps({"items": [pod(space, rest[3].partition("=")[2])]}))
elif rest[:2] == ["set", "image"]:
    key = f"{space}/{rest[2].partition('/')[2]}"
    image = rest[3].partition("=")[2]
    state["told"].append([key, image])
    # Whatever keeps the cluster in step puts the old image back.
    state["runs"][key] = OLD if state["undone"] else image
elif rest[0] not in ("rollout", "delete"):
    sys.exit(f"kubectl {words}")
"""
DOCKER = """
folder = Path(os.environ["AROEIRA_COMPOSE"])
if words[0] == "compose" and "up" in words:
    lines = dict(line.split("=", 1) for line in (folder / ".env").read_text().splitlines())
    if lines["OTHER"] != "kept": sys.exit("the other lines of .env are gone")
    for service in words[words.index("300") + 1:]:
        state["told"].append([service, lines["AROEIRA_IMAGE"]])
        state["runs"][service] = OLD if state["undone"] else lines["AROEIRA_IMAGE"] or OLD
elif words[0] == "compose":
    print(words[-1])
elif words[0] == "inspect":
    print(state["runs"][words[-1]])
elif words[0] == "create":
    print("made")
elif words[0] == "cp":
    Path(words[2]).write_text("program")
elif words[0] != "rm":
    sys.exit(f"docker {words}")
"""
SSH = """
machine = next(word for word in words if word.endswith(".example")).removesuffix(".example")
said = words[-1]
link = state["links"].get(machine, "/usr/local/lib/aroeira/first/aroeira")
if "readlink /usr" in said:
    print(link)
elif "ln -sfn" in said:
    state["links"][machine] = said.split("ln -sfn ")[1].split()[0]
elif "systemctl restart" in said:
    name = said.split("aroeira@")[1].split()[0]
    state["told"].append([name, link])
    state["runs"][name] = NEW if "a" * 64 in link and not state["undone"] else OLD
elif "/exe" in said:
    sys.exit(0 if state["runs"][said.split("aroeira@")[1].split(")")[0]] == NEW else 1)
elif "tee " in said:
    if sys.stdin.read() != "program": sys.exit("no program came")
else:
    sys.exit(f"ssh {words}")
"""
HEAD = """#!{python}
import json, os, sys
from pathlib import Path
OLD, NEW = {old!r}, {new!r}
file, words = Path({state!r}), sys.argv[1:]
state = json.loads(file.read_text())
"""
TAIL = "\nfile.write_text(json.dumps(state))\n"


def kind(text):
    return "kubernetes" if "kubectl" in text else "compose" if "docker compose" in text else "systemd"


def processes(script, which):
    if which == "kubernetes":
        return NAMES
    if which == "compose":
        return script.read_text().split("\nservices=(")[1].split(")")[0].split()
    return [name for _, name, _ in places(script)]


def places(script):
    """Machine, process and address, as the workflow of production hands them over."""
    lines = (script.parent.parent / "workflows/deploy-production.yml").read_text().split("PROCESSES: |-\n")[1].splitlines()
    return [line.split() for line in lines if line.startswith("            ")]


def label(script, which, name):
    """What Prometheus calls a process."""
    if which == "kubernetes":
        return name
    if which == "compose":
        addresses = script.read_text().split("\naddresses=(")[1].split(")")[0].split()
        return addresses[processes(script, which).index(name)]
    return next(address for _, process, address in places(script) if process == name)


def trial(script, folder, which, names, **state):
    """Exit status, and what was run at the end and told on the way."""
    begun = {"runs": dict.fromkeys(names, OLD), "told": [], "links": {}, "burns": {}, "undone": False, "unseen": False, **state}
    (folder / "state.json").write_text(json.dumps(begun))
    (folder / ".env").write_text("OTHER=kept")
    environment = {
        "PATH": f"{folder}/bin:{os.environ['PATH']}", "IMAGE": NEW, "PROMETHEUS": "http://p", "BUDGET": "0.001", "BURN_RATE": "14.4",
        "WATCH_MINUTES": "2", "AROEIRA_COMPOSE": str(folder), "MACHINES_DOMAIN": "example", "TMPDIR": str(folder),
    }
    if which == "systemd":
        environment["PROCESSES"] = "\n".join(" ".join(place) for place in places(script))
    said = subprocess.run(["bash", script], env=environment, capture_output=True, text=True, check=False)
    done = json.loads((folder / "state.json").read_text())
    return said.returncode, done["runs"], done["told"], said.stdout + said.stderr


def main():
    faults, counts = [], {}
    for script in map(Path, sys.argv[1:]):
        which = kind(script.read_text())
        names = processes(script, which)
        counts[which] = counts.get(which, 0) + 1
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            (folder / "bin").mkdir()
            head = HEAD.format(python=sys.executable, old=OLD, new=NEW, state=str(folder / "state.json"))
            for name, text in (("curl", CURL), ("kubectl", KUBECTL), ("docker", DOCKER), ("ssh", SSH), ("sleep", "")):
                (folder / "bin" / name).write_text(head + text + TAIL)
                (folder / "bin" / name).chmod(0o755)

            def expect(what, holds, said):
                if not holds:
                    faults.append(f"{script}: {what}:\n{said}")

            status, runs, _, said = trial(script, folder, which, names)
            expect("all is well, and not all is new", status == 0 and set(runs.values()) == {NEW}, said)
            last = names[-1]
            status, runs, told, said = trial(script, folder, which, names, burns={last: label(script, which, last)})
            expect("the last one burns, and stays", status != 0 and runs[last] == OLD, said)
            status, runs, told, said = trial(script, folder, which, names, undone=True)
            expect("the old image runs, and it is called a success", status != 0 and len(told) <= 1 + len(names), said)
            status, runs, told, said = trial(script, folder, which, names, unseen=True)
            expect("nothing is measured, and it begins", status != 0 and not told, said)
    for one in faults:
        print(one, file=sys.stderr)
    print(", ".join(f"{count} of {which}" for which, count in sorted(counts.items())) + f": {len(faults)} faults")
    return 1 if faults else 0


sys.exit(main())
