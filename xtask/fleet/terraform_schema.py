"""Schemas of Terraform's providers, distilled from the npm packages @cdktf/provider-*: classes that HashiCorp generated from the
providers' own schemas. Names, types, what is required, what is a block and what can be read are kept; limits on counts are not."""

import json
import re
import sys
import tarfile

FIELD = re.compile(
    r"Terraform Registry: \{@link \S*?#(?P<name>\w+) [^}]*\}(?:(?!\*/).)*?\*/\s*readonly \w+(?P<optional>\??): (?P<type>[^;{]*(?:\{[^}]*\}[^;]*)?);",
    re.S,
)
INTERFACE = re.compile(r"^export interface (\w+)[^{]*\{\n(.*?)^\}", re.S | re.M)
TO_HCL = re.compile(r"^function (\w+)ToHclTerraform\(struct\) \{((?:(?!^\}).)*)^\}", re.S | re.M)
OF_RESOURCE = re.compile(r"synthesizeHclAttributes\(\) \{\s*const attrs = \{\n(.*?)^        \};", re.S | re.M)
ENTRY = re.compile(r"(\w+): \{\s*value: [^\n]*?(\w+)ToHclTerraform[^\n]*\n\s*isBlock: (\w+),\s*type: \"(\w+)\",\s*storageClassType: \"(\w+)\",")
READ = re.compile(r"this\.get(\w+)Attribute\('(\w+)'\)")
NESTED_READ = re.compile(r"new \w+(?:List|Map|OutputReference|StringMap|BooleanMap|NumberMap|ComplexList)\(this, [\"'](\w+)[\"']")
PLAIN = {"string": "string", "number": "number", "boolean": "bool", "any": "dynamic"}
READS = {"String": "string", "Number": "number", "Boolean": "bool", "List": ["list", "string"], "NumberList": ["list", "number"]}


def plain_type(kind, storage):
    """The type of a value, as cty writes it."""
    for ending, outer in (("List", kind if kind in ("list", "set") else "list"), ("Map", "map")):
        if storage.endswith(ending) and storage[: -len(ending)] in PLAIN:
            inner = PLAIN[storage[: -len(ending)]]
            return inner if inner == "dynamic" else [outer, inner]
    return PLAIN.get(storage, "dynamic")


def by_hand(attributes=(), required=(), **blocks):
    """A block of at most one, written by hand: texts, numbers by their name, and blocks within it."""
    kinds = {"limit": "number", "evaluation_window_sec": "number"}
    ways = [(name, True) for name in required] + [(name, False) for name in attributes]
    kept = {name: {"type": kinds.get(name, "string"), "required": must, "optional": not must} for name, must in ways}
    return {"attributes": kept, "blocks": blocks, "nesting": "list", "most": 1, "least": 0}


# Where the package says `any`, which is a block within itself: the statements of a rule, as far as we write them, from the
# provider's documentation.
OVERRIDE = dict(by_hand(required=["name"], action_to_use=by_hand(allow=by_hand(), block=by_hand(), count=by_hand())), most=0)
STATEMENT = by_hand(
    managed_rule_group_statement=by_hand(["version"], ["name", "vendor_name"], rule_action_override=OVERRIDE),
    rate_based_statement=by_hand(
        ["aggregate_key_type", "evaluation_window_sec"],
        ["limit"],
        forwarded_ip_config=by_hand(required=["fallback_behavior", "header_name"]),
    ),
)


def lowered(name):
    return name[:1].lower() + name[1:]


class Source:
    """What one resource's two files say."""

    def __init__(self, types, code):
        self.fields = {}
        for name, body in INTERFACE.findall(types):
            self.fields[lowered(name)] = {m["name"]: m for m in FIELD.finditer(body)}
        self.structs = dict(TO_HCL.findall(code))
        self.read = {}
        for part in re.split(r"^class ", code, flags=re.M)[1:]:
            name = re.match(r"(\w+)OutputReference ", part)
            if name:
                self.read[lowered(name[1])] = READ.findall(part)

    def block(self, entries, fields):
        """A block: its attributes, and the blocks within it."""
        block = {"attributes": {}, "blocks": {}}
        for name, struct, is_block, kind, storage in ENTRY.findall(entries):
            field = fields.get(name)
            required = field is not None and not field["optional"]
            inner = self.structs.get(struct)
            if inner is None:
                block["attributes"][name] = {"type": plain_type(kind, storage), "required": required, "optional": not required}
                continue
            nested = self.block(inner, self.fields.get(struct, {}))
            for reads, readable in self.read.get(struct, []):
                if readable not in nested["blocks"]:
                    nested["attributes"].setdefault(readable, {"type": READS.get(reads, "string")})
            many = field is None or "[]" in field["type"] or "[key" in field["type"]
            nested["nesting"] = kind if kind in ("list", "set", "map") else "single"
            if is_block == "true":
                nested["most"] = 0 if many else 1
                nested["least"] = 1 if required else 0
                block["blocks"][name] = nested
            else:
                block["attributes"][name] = {"nested": nested, "required": required, "optional": not required}
        return block


def distil(types, code, owner):
    """A resource's block: what can be written, and what can be read of it."""
    source = Source(types, code)
    entries = OF_RESOURCE.search(code)
    fields = next((fields for name, fields in source.fields.items() if name == lowered(owner) + "Config"), {})
    block = source.block(entries[1] if entries else "", fields)
    of_class = code[code.index(f"class {owner} extends") :]
    for kind, name in READ.findall(of_class):
        block["attributes"].setdefault(name, {"type": READS.get(kind, "dynamic")})
    for name in NESTED_READ.findall(of_class):
        if name not in block["blocks"]:
            block["attributes"].setdefault(name, {"type": "dynamic"})
    return block


def main(package, out):
    folders = {}
    with tarfile.open(package, "r|gz") as files:
        for file in files:
            place = re.search(r"/lib/([^/]+)/.*\.(js|d\.ts)$", file.name)
            if place:
                text = files.extractfile(file).read().decode().split("//# sourceMappingURL")[0]
                folders.setdefault(place[1], {"js": [], "d.ts": []})[place[2]].append(text)
    found = {"provider": None, "version": "", "resources": {}, "data": {}}
    for parts in folders.values():
        types, code = "".join(parts["d.ts"]), "".join(parts["js"])
        version = re.search(r"/providers/[\w-]+/[\w-]+/([\d.]+)/docs", types)
        owner = re.search(r"^class (\w+) extends cdktf\.Terraform(Resource|DataSource|Provider) ", code, re.M)
        kind = re.search(r"\.tfResourceType = \"(\w+)\"", code)
        if not owner:
            continue
        found["version"] = version[1] if version else found["version"]
        block = distil(types, code, owner[1])
        if owner[2] == "Provider":
            found["provider"] = block
        else:
            found["resources" if owner[2] == "Resource" else "data"][kind[1]] = block
    if "aws_wafv2_web_acl" in found["resources"]:
        rule = found["resources"]["aws_wafv2_web_acl"]["blocks"]["rule"]
        del rule["attributes"]["statement"]
        rule["blocks"]["statement"] = STATEMENT
    with open(out, "w", encoding="utf-8") as file:
        json.dump(found, file)
    name = package.rsplit("/", 1)[-1]
    print(f"{name}: provider {found['version']}, {len(found['resources'])} resources, {len(found['data'])} data sources")


if __name__ == "__main__":
    main(*sys.argv[1:])
