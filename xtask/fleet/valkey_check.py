"""A set of Valkey as it is rendered for Kubernetes, run: its pods' own commands, each pod in a network of its own, names by a DNS.

valkey_check.py FILE SCRATCH : FILE is the rendered `data/valkey.yaml`. Debian's redis stands in for Valkey, whose commands,
settings and sentinels are the same. Primaries are killed, cut off and replaced; the door has to lead to one that has everything.
To be run as root of namespaces of its own: `unshare --map-root-user --net --mount --pid --fork --kill-child --mount-proc`.
"""

import os
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import yaml

PASSWORD = "correct-horse-9"
GATEWAY = "10.9.0.1"
STANDS_IN = {"valkey-server": "redis-server", "valkey-cli": "redis-cli"}
# A failover takes the seconds after which a primary counts as down, an election, and some checks of the proxies.
PATIENCE = 90


def sh(*words):
    subprocess.run(words, check=True)


def until(what, holds):
    """Asks again until it holds."""
    begun = time.monotonic()
    while True:
        try:
            found = holds()
        except (OSError, EOFError) as error:
            found, why = None, error
        else:
            why = found
        if found:
            return found
        if time.monotonic() - begun > PATIENCE:
            raise SystemExit(f"not within {PATIENCE} s: {what} ({why!r})")
        time.sleep(0.2)


def ask(address, *commands, port=6379):
    """What the last of some commands is answered, in Valkey's own protocol; an error is a text that begins with `-`."""
    with socket.create_connection((address, port), timeout=2) as link, link.makefile("rb") as said:
        for words in (("AUTH", PASSWORD), *commands):
            link.sendall(f"*{len(words)}\r\n".encode() + b"".join(f"${len(one)}\r\n{one}\r\n".encode() for one in words))
            answer = reply(said)
        return answer


def reply(said):
    line = said.readline().decode().rstrip("\r\n")
    if not line:
        raise EOFError("the connection was closed")
    kind, rest = line[0], line[1:]
    if kind == "$":
        return None if rest == "-1" else said.read(int(rest) + 2)[:-2].decode()
    if kind == "*":
        return [reply(said) for _ in range(int(rest))]
    return line if kind == "-" else rest


class Cluster:
    """What Kubernetes gives: addresses, names, folders."""

    def __init__(self, objects, scratch):
        self.scratch = scratch
        self.names = {}
        self.address = 10
        self.maps = {one["metadata"]["name"]: one["data"] for one in objects if one["kind"] == "ConfigMap"}
        sh("ip", "link", "set", "lo", "up")
        sh("ip", "link", "add", "br0", "type", "bridge")
        sh("ip", "address", "add", f"{GATEWAY}/24", "dev", "br0")
        sh("ip", "link", "set", "br0", "up")
        link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        link.bind((GATEWAY, 53))
        threading.Thread(target=self.dns, args=(link,), daemon=True).start()

    def dns(self, link):
        """The names of a headless service, of those that are not ready as well."""
        while True:
            asked, whose = link.recvfrom(4096)
            end, labels = 12, []
            while asked[end]:
                labels.append(asked[end + 1 : end + 1 + asked[end]].decode())
                end += 1 + asked[end]
            name, question = ".".join(labels), asked[12 : end + 5]
            pods = list(self.names.items())
            found = [ip for pod, (ip, nodes) in pods if name in (nodes, f"{pod}.{nodes}")]
            answers = found if question[-4:-2] == b"\0\1" else []
            head = asked[:2] + (b"\x85\x80" if found else b"\x85\x83") + struct.pack(">4H", 1, len(answers), 0, 0)
            each = [b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4" + socket.inet_aton(ip) for ip in answers]
            link.sendto(head + question + b"".join(each), whose)


class Pod:
    """The containers of a rendered pod, in a network and a root of their own."""

    def __init__(self, cluster, work, name):
        self.cluster, self.work, self.name = cluster, work, name
        self.running = {}

    def start(self):
        cluster, spec = self.cluster, self.work["spec"]["template"]["spec"]
        cluster.address += 1
        self.ip, link = f"10.9.0.{cluster.address}", f"pod{cluster.address}"
        self.link = link
        self.holder = subprocess.Popen(["unshare", "--net", "--mount", "--propagation", "private", "sleep", "infinity"])
        until(f"{self.name} has a network", lambda: os.readlink(f"/proc/{self.holder.pid}/ns/net") != os.readlink("/proc/self/ns/net"))
        self.root = self.folders(spec)
        sh("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", str(self.holder.pid))
        sh("ip", "link", "set", link, "master", "br0", "up")
        self.inside(["sh", "-c", f"ip link set lo up && ip address add {self.ip}/24 dev eth0 && ip link set eth0 up"], check=True)
        if self.work["kind"] == "StatefulSet":
            nodes = next(one["value"] for one in spec["containers"][0]["env"] if one["name"] == "NODES")
            cluster.names[self.name] = (self.ip, nodes)
        for container in spec["containers"]:
            self.begin(container["name"])

    def folders(self, spec):
        """A root with the machine's programs and the pod's volumes; all else is empty."""
        root = self.cluster.scratch / f"{self.name}-{self.cluster.address}"
        for folder in ("usr", "etc/alternatives", "tmp", "proc", "dev", "programs"):
            (root / folder).mkdir(parents=True)
        for folder in ("bin", "sbin", "lib", "lib64"):
            (root / folder).symlink_to(f"usr/{folder}")
        (root / "etc/resolv.conf").write_text(f"nameserver {GATEWAY}\n")
        (root / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\n")
        for program, stand_in in STANDS_IN.items():
            (root / "programs" / program).symlink_to(f"/usr/bin/{stand_in}")
        lines = [f"mount --rbind /{one} {root}/{one}" for one in ("usr", "etc/alternatives", "proc", "dev")]
        lines.append(f"mount -t tmpfs none {root}/usr/local/etc")
        volumes = {one["name"]: one for one in spec["volumes"]}
        for mount in spec["containers"][0]["volumeMounts"]:
            volume, at = volumes[mount["name"]], f"{root}{mount['mountPath']}"
            if "emptyDir" in volume:
                continue
            files = {"valkey-conf": f"requirepass {PASSWORD}\nmasterauth {PASSWORD}\n"}
            if "configMap" in volume:
                files = {name: debian(text) for name, text in self.cluster.maps[volume["configMap"]["name"]].items()}
            source = self.cluster.scratch / f"{root.name}-{mount['name']}"
            source.mkdir()
            for file, text in files.items():
                (source / file).write_text(text)
            lines.append(f"mkdir -p {at} && mount --bind {source} {at}")
        self.inside(["sh", "-c", "set -e\n" + "\n".join(lines)], check=True)
        return root

    def inside(self, words, **how):
        return subprocess.run(["nsenter", "--target", str(self.holder.pid), "--net", "--mount", *words], **how)

    def begin(self, container):
        """As kubelet does, at first and once more."""
        one = next(one for one in self.work["spec"]["template"]["spec"]["containers"] if one["name"] == container)
        env = {each["name"]: each["value"] for each in one["env"]}
        env |= {"HOSTNAME": self.name, "PATH": "/programs:/usr/sbin:/usr/bin:/sbin:/bin"}
        words = ["nsenter", "--target", str(self.holder.pid), "--net", "--mount", "chroot", str(self.root)]
        log = open(self.cluster.scratch / f"{self.root.name}-{container}.log", "ab")
        self.running[container] = subprocess.Popen([*words, *one["command"], *one.get("args", [])], env=env, stdout=log, stderr=log)

    def crash(self, container):
        self.running[container].kill()
        self.running[container].wait()

    def lose(self):
        """With its node: nobody says goodbye."""
        self.cut("down")
        for container in self.running:
            self.crash(container)
        self.holder.kill()
        self.holder.wait()
        self.cluster.names.pop(self.name, None)

    def ready(self):
        """As kubelet asks."""
        container = self.work["spec"]["template"]["spec"]["containers"][0]
        words = ["env", "PATH=/programs:/usr/bin:/bin", *container["readinessProbe"]["exec"]["command"]]
        return self.inside(["chroot", str(self.root), *words]).returncode == 0

    def cut(self, to):
        sh("ip", "link", "set", self.link, to)

    def role(self):
        return ask(self.ip, ("ROLE",))[0]


class Fleet:
    def __init__(self, objects, scratch):
        cluster = Cluster(objects, scratch)
        of = {one["kind"]: one for one in objects if one["kind"] in ("StatefulSet", "Deployment")}
        name = of["StatefulSet"]["metadata"]["name"]
        self.pods = [Pod(cluster, of["StatefulSet"], f"{name}-{at}") for at in range(of["StatefulSet"]["spec"]["replicas"])]
        self.doors = [Pod(cluster, of["Deployment"], f"{name}-proxy-{at}") for at in range(of["Deployment"]["spec"]["replicas"])]
        service = next(one for one in objects if one["kind"] == "Service" and one["metadata"]["name"] == name)
        labels = of["Deployment"]["spec"]["template"]["metadata"]["labels"]
        if service["spec"]["selector"].items() - labels.items():
            raise SystemExit("the service does not lead to the proxies")
        self.written = []
        for pod in self.pods + self.doors:
            pod.start()

    def constant(self):
        """Whichever of two primaries a door leads to, it is never the one that missed something."""
        for door in self.doors:
            kept = ask(door.ip, ("MGET", *self.written))
            if None in kept:
                raise SystemExit(f"{door.name} leads to one that has {kept} of {self.written}")
        return True

    def primary(self, but=None):
        """The only one that says it is."""
        all_ = [pod for pod in self.pods if pod is not but and pod.role() == "master"]
        return all_[0] if len(all_) == 1 else None

    def write(self, what):
        """Through every door, onto a replica as well; nothing written before is gone."""
        for door in self.doors:
            key = f"{what} {door.name}"
            until(f"{door.name} writes {key}", lambda: ask(door.ip, ("SET", key, "1")) == "OK")
            self.written.append(key)
            kept = ask(door.ip, ("MGET", *self.written))
            if None in kept:
                raise SystemExit(f"{what}: of {self.written} the door has {kept}")

    def copied(self):
        """All of them have everything, whatever the sentinels know."""
        for pod in self.pods:
            until(f"{pod.name} has everything", lambda: None not in ask(pod.ip, ("MGET", *self.written)))

    def settled(self, what, but=None):
        """One primary, all others copy it and have everything, and each sentinel counts on as many as there are."""
        others = [pod for pod in self.pods if pod is not but]
        primary = until(f"{what}: one primary", lambda: self.primary(but))
        for pod in others:
            until(f"{what}: {pod.name} has everything", lambda: pod is primary or pod.role() == "slave"
                  and None not in ask(pod.ip, ("MGET", "none", *self.written))[1:])
            until(f"{what}: sentinel of {pod.name}", lambda: self.agrees(pod, primary, but))
        print(f"{what}: {primary.name} is the primary")
        return primary

    def agrees(self, pod, primary, but):
        said = ask(pod.ip, ("SENTINEL", "MASTER", "valkey"), port=26379)
        said = dict(zip(said[::2], said[1::2]))
        known = but is not None or int(said["num-slaves"]) == len(self.pods) - 1
        return said["ip"].startswith(primary.name + ".") and int(said["num-other-sentinels"]) == len(self.pods) - 1 and known


def debian(text):
    """Its HAProxy (2.6) does not know how to hold a name that is new in the DNS as down; it finds out by a check."""
    return text.replace(" init-state fully-down", "")


def run(objects, scratch):
    fleet = Fleet(objects, scratch)
    first = fleet.settled("first start")
    if first is not fleet.pods[0]:
        raise SystemExit(f"{first.name} began as the primary")
    for door in fleet.doors:
        until(f"{door.name} is ready", lambda: b"200" in ready(door))
    fleet.write("begun")

    # It is back, empty, before anybody saw that it was away; what was written has reached the others, as after a moment it has.
    fleet.settled("begun")
    first.crash("valkey")
    first.begin("valkey")
    second = until("another succeeds the one that crashed", lambda: (one := fleet.primary()) is not first and one)
    fleet.write("crashed")
    fleet.settled("crashed")

    # Its node is lost; it comes back elsewhere, by another address.
    second.lose()
    until("another succeeds the one that was lost", lambda: fleet.primary(but=second))
    fleet.write("lost")
    fleet.settled("lost", but=second)
    second.start()
    third = fleet.settled("replaced")
    if third is second:
        raise SystemExit("the one that came back took over")

    # It is cut off, and goes on believing that it is the primary.
    third.cut("down")
    until("another succeeds the one that was cut off", lambda: fleet.primary(but=third))
    fleet.write("cut off")
    third.cut("up")
    until("the one that was cut off is a replica", lambda: fleet.constant() and third.role() == "slave")
    if fleet.settled("rejoined") is third:
        raise SystemExit("the one that was cut off took over")
    fleet.write("rejoined")

    # Pod 0, the one that begins where nobody is asked, while it is not the primary.
    zero = fleet.pods[0]
    if fleet.settled("written") is zero:
        until("pod 0 hands over", lambda: ask(zero.ip, ("SENTINEL", "FAILOVER", "valkey"), port=26379) == "OK")
        until("pod 0 is a replica", lambda: zero.role() == "slave")
        fleet.settled("handed over")
    zero.lose()
    zero.start()
    if fleet.settled("pod 0 replaced") is zero:
        raise SystemExit("pod 0 took over")
    fleet.write("pod 0 replaced")
    roll_out(fleet)


def roll_out(fleet):
    """As a new version comes: the last pod first, the next when the one before it is ready."""
    for pod in reversed(fleet.pods):
        fleet.copied()
        pod.lose()
        pod.start()
        until(f"{pod.name} is ready", pod.ready)
        if None in ask(pod.ip, ("MGET", *fleet.written)):
            raise SystemExit(f"{pod.name} is ready without all that was written")
        fleet.write(f"{pod.name} rolled out")
    fleet.settled("rolled out")


def ready(door):
    with socket.create_connection((door.ip, 8405), timeout=2) as link:
        link.sendall(b"GET /ready HTTP/1.0\r\n\r\n")
        return link.makefile("rb").readline()


def main():
    file, scratch = Path(sys.argv[1]), Path(sys.argv[2])
    objects = [one for one in yaml.safe_load_all(file.read_text()) if one]
    for one in objects:
        scripts = [name for name in one.get("data", {}) if name.endswith(".sh")] if one["kind"] == "ConfigMap" else []
        for name in scripts:
            (scratch / name).write_text(one["data"][name])
        whole = [name for name in scripts if name != "primary.sh"]
        if whole:
            # Kubernetes gives HOSTNAME, and the rest of what is written in capitals.
            words = ["shellcheck", "--shell=dash", "--external-sources", "--exclude=SC3028,SC2153", *whole]
            subprocess.run(words, cwd=scratch, check=True)
    run(objects, scratch)
    for log in scratch.glob("*.log"):
        if PASSWORD in log.read_text(errors="replace"):
            raise SystemExit(f"{log.name} has the password")


main()
