"""Clients that were built from an older contract go on working: ids and numbers are only added.

released.thrift, beside this file, is the contract as it was last given out. It is replaced by the present one with
each release, and never otherwise.

Environment: TIMESERVICE_IDL, TIMESERVICE_THRIFT (the compiler, which reads both).
"""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

IDL = pathlib.Path(os.environ["TIMESERVICE_IDL"])
RELEASED = pathlib.Path(__file__).with_name("released.thrift")


def parsed(text):
    """What the Thrift compiler makes of an IDL."""
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory, "contract.thrift")
        path.write_text(text, encoding="utf-8")
        subprocess.run([os.environ["TIMESERVICE_THRIFT"], "-strict", "--gen", "json", "-out", directory, str(path)],
                       check=True, timeout=30)
        return json.loads(pathlib.Path(directory, "contract.json").read_text(encoding="utf-8"))


def by(key, rows):
    return {row[key]: row for row in rows}


def without_words(value):
    """Without documentation, and without the type's details that follow from its name."""
    if isinstance(value, dict):
        return {key: without_words(inner) for key, inner in value.items() if key != "doc"}
    if isinstance(value, list):
        return [without_words(inner) for inner in value]
    return value


def field_breaks(where, old_fields, new_fields, may_grow=True):
    new = by("key", new_fields)
    for field in old_fields:
        now = new.get(field["key"])
        if now is None:
            yield f"{where}: field {field['key']} ({field['name']}) is gone"
        elif without_words(now) != without_words(field):
            yield f"{where}: field {field['key']} was {without_words(field)} and is {without_words(now)}"
    old = by("key", old_fields)
    for field in new_fields:
        if field["key"] not in old:
            if not may_grow:
                yield f"{where}: {field['name']} is new, which old clients cannot decode"
            if field["required"] == "required":
                yield f"{where}: the new field {field['name']} is required"
    if len(new) != len(new_fields):
        yield f"{where}: a field id is there twice"


def enum_breaks(old, new):
    numbers = by("name", new["members"])
    for member in old["members"]:
        if numbers.get(member["name"], {}).get("value") != member["value"]:
            yield f"{old['name']}.{member['name']} was {member['value']}"
    if not any(member["value"] == 0 for member in new["members"]):
        yield f"{old['name']} has no 0, which readers take for a number that they do not know"


def call_breaks(old, new):
    where = f"{old['name']}()"
    for key in ("returnTypeId", "returnType", "oneway"):
        if old.get(key) != new.get(key):
            yield f"{where}: {key} was {old.get(key)} and is {new.get(key)}"
    yield from field_breaks(where, old["arguments"], new["arguments"])
    yield from field_breaks(f"{where} throws", old["exceptions"], new["exceptions"], may_grow=False)


def breaks(old, new):
    """What clients of the old contract would stumble over."""
    kinds = [("enums", "name", enum_breaks),
             ("structs", "name", lambda a, b: field_breaks(a["name"], a["fields"], b["fields"]))]
    pairs = [(by(key, old[kind]), by(key, new[kind]), check) for kind, key, check in kinds]
    services = by("name", new["services"])
    for service in old["services"]:
        if service["name"] not in services:
            yield f"service {service['name']} is gone"
            continue
        pairs.append((by("name", service["functions"]), by("name", services[service["name"]]["functions"]),
                      call_breaks))
    for before, after, check in pairs:
        for name, row in before.items():
            if name in after:
                yield from check(row, after[name])
            else:
                yield f"{name} is gone"
    for name in (constant["name"] for constant in old["constants"]):
        if by("name", old["constants"])[name]["value"] != by("name", new["constants"]).get(name, {}).get("value"):
            yield f"the constant {name} has changed"


class ContractTest(unittest.TestCase):
    longMessage = True

    def test_clients_of_the_released_contract_go_on_working(self):
        self.assertEqual(list(breaks(parsed(RELEASED.read_text()), parsed(IDL.read_text()))), [])

    def test_clients_of_the_first_contract_of_one_call_go_on_working(self):
        first = "service TimeService { string get_time() }"
        self.assertEqual(list(breaks(parsed(first), parsed(IDL.read_text()))), [])

    def test_no_field_is_required_and_no_call_is_oneway(self):
        contract = parsed(IDL.read_text())
        for struct in contract["structs"]:
            for field in struct["fields"]:
                self.assertNotEqual(field["required"], "required", struct["name"])
        for call in contract["services"][0]["functions"]:
            self.assertFalse(call["oneway"], call["name"])


class CheckerTest(unittest.TestCase):
    """The check itself sees what is planted."""

    def test_what_breaks_old_clients_is_found(self):
        contract = IDL.read_text()
        planted = {
            "another id": ("2: i64 server_receive_ns", "12: i64 server_receive_ns"),
            "another type": ("2: i64 server_receive_ns", "2: i32 server_receive_ns"),
            "another name": ("2: i64 server_receive_ns", "2: i64 received_ns"),
            "another default": ("4: i64 error_ns = -1", "4: i64 error_ns = 0"),
            "a field gone": ("  3: i64 server_send_ns,\n", ""),
            "another number": ("HOLDOVER = 2", "HOLDOVER = 5"),
            "another limit": ("MAX_BATCH = 10000", "MAX_BATCH = 20000"),
            "a call gone": ("  string get_time(),\n", ""),
            "another result": ("string get_time()", "i64 get_time()"),
            "an exception more": ("ClockExchange exchange(1: i64 client_send_ns)",
                                  "ClockExchange exchange(1: i64 client_send_ns) throws (1: BadRequest bad)"),
            "an argument's id": ("exchange(1: i64 client_send_ns)", "exchange(3: i64 client_send_ns)"),
            "a required field": ("struct TimestampRange {", "struct TimestampRange {\n  9: required i32 more,"),
        }
        for what, (there, instead) in planted.items():
            with self.subTest(what):
                self.assertIn(there, contract)
                self.assertNotEqual(list(breaks(parsed(contract), parsed(contract.replace(there, instead)))), [])

    def test_what_is_added_breaks_nothing(self):
        contract = IDL.read_text()
        grown = contract.replace("struct TimestampRange {", "struct TimestampRange {\n  9: i32 more,")
        grown = grown.replace("UNSYNCHRONIZED = 3", "UNSYNCHRONIZED = 3,\n  LOST = 4")
        grown = grown.replace("string get_time(),", "string get_time(),\n  i32 another_call(),")
        self.assertEqual(list(breaks(parsed(contract), parsed(grown))), [])


if __name__ == "__main__":
    unittest.main()
