"""JSON, YAML and XML that are deep, vast or strange."""

from __future__ import annotations

import json

from tests.hostile.case import Case, case

JSON: dict[str, str] = {
    "empty": "",
    "lists 100,000 deep": "[" * 100_000,
    "objects 50,000 deep": '{"a":' * 50_000 + "1" + "}" * 50_000,
    "just too deep": "[" * 65 + "]" * 65,
    "a number of 100,000 digits": "9" * 100_000,
    "a number of 100,000 digits behind the point": "0." + "9" * 100_000,
    "an exponent of 999,999": "1e999999",
    "NaN": '{"a": NaN}',
    "Infinity": "[-Infinity]",
    "half a surrogate pair": '{"a\\ud800": "\\udfff"}',
    "half a surrogate pair as it is": '"\ud800"',
    "100,000 equal keys": "{" + ",".join(['"a":1'] * 100_000) + "}",
    "an open string of 1 MB": '"' + "a" * 1_000_000,
    "a string of backslashes": '"' + "\\" * 1_000_001,
    "control characters": '{"a\\u0000": "\\u001b[2J"}',
    "no json": "<html>",
    "byte-order mark": "\ufeff{}",
    "comments": "/* x */ {}",
    "two values": "{} {}",
}
YAML: dict[str, str] = {
    "empty": "",
    "alias bomb": "\n".join(["a0: &a0 [x,x,x,x,x,x,x,x,x]",
                             *(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12))]),
    "alias of itself": "a: &a [*a]",
    "python object": "!!python/object/apply:os.system ['touch outside']",
    "python name": "!!python/name:os.system",
    "unknown tag": "!evil {a: 1}",
    "lists 5,000 deep": "[" * 5_000,
    "blocks 3,000 deep": "\n".join(" " * i + "a:" for i in range(3_000)),
    "a number of 100,000 digits": "a: " + "9" * 100_000,
    "sixty-based number": "a: " + ":".join(["59"] * 50_000),
    "key that is a list": "? [a, b]\n: c",
    "merge key": "<<: {a: 1}",
    "ten documents": "---\na: 1\n" * 10,
    "tabs": "a:\n\t- b",
    "control characters": "a: \x00\x1b",
    "half a surrogate pair": 'a: "\\ud800"',
    "open quotation": 'a: "' + "b" * 500_000,
    "no yaml": "{]",
}  # fmt: skip
ENTITY = '<!DOCTYPE a [<!ENTITY b "{}">]><a>&b;</a>'
LAUGHS = (
    "<!DOCTYPE a [<!ENTITY a0 'ha'>"
    + "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 10))
    + "]><a>&a9;</a>"
)
XML: dict[str, str] = {
    "empty": "",
    "a billion laughs": LAUGHS,
    "a file as entity": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "an address as entity": '<!DOCTYPE a [<!ENTITY b SYSTEM "http://127.0.0.1:9/x">]><a>&b;</a>',
    "an outer document type": '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
    "a large entity": ENTITY.format("x" * 100_000),
    "elements 100,000 deep": "<a>" * 100_000,
    "100,000 attributes": "<a " + " ".join(f'b{i}=""' for i in range(100_000)) + "/>",
    "a name of 1 MB": f"<{'a' * 1_000_000}/>",
    "unknown encoding": '<?xml version="1.0" encoding="evil"?><a/>',
    "wrong encoding": '<?xml version="1.0" encoding="utf-16"?><a/>',
    "included file": '<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="/etc/passwd"/></a>',
    "no xml": "a < b",
}
CASES: list[Case] = [
    *(case("json", name, "a.json", text) for name, text in JSON.items()),
    *(case("yaml", name, "a.yaml", text) for name, text in YAML.items()),
    *(case("xml", name, "a.xml", text) for name, text in XML.items()),
    case("yaml", "a million values", "a.yaml", lambda: "- a\n" * 1_000_000, slow=True),
    case("xml", "a million elements", "a.xml", lambda: "<a>" + "<b/>" * 1_000_000 + "</a>", slow=True),
    case("json", "20 MB of numbers", "a.json", lambda: json.dumps(list(range(3_000_000))), slow=True),
    *(case("translation", f"tmx: {name}", "a.tmx", XML[name]) for name in XML),
    *(case("question_answering", f"json: {name}", "a.json", text, slow=i % 2 == 1)
      for i, (name, text) in enumerate(JSON.items())),
]  # fmt: skip
