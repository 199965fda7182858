"""One table of requests, sent to both servers: each has a name, a content type and a body."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

JSON, CSV, PARQUET = "application/json", "text/csv", "application/vnd.apache.parquet"
Requests = dict[str, tuple[str | None, bytes]]

# What is in no JSON a program writes.
_BODIES = {
    "empty": b"",
    "no-json": b"{",
    "a-list": b"[1]",
    "a-text": b'"inputs"',
    "no-key": b"{}",
    "unknown-key": b'{"rows": [[1]]}',
    "two-keys": b'{"inputs": [[1]], "instances": [[1]]}',
    "no-utf8": b'{"inputs": [["\xff\xfe"]]}',
    "deep": b'{"inputs": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep-40": b'{"inputs": ' + b"[" * 40 + b"1" + b"]" * 40 + b"}",
    "long-number": b'{"inputs": [[' + b"9" * 5000 + b"]]}",
    "chat": b'{"messages": [{"role": "user", "content": "hello"}], "heat": 0.1}',
    "inputs-null": b'{"inputs": null}',
    "inputs-number": b'{"inputs": 3}',
    "inputs-empty": b'{"inputs": []}',
    "inputs-object": b'{"inputs": {}}',
    "inputs-mixed": b'{"inputs": [{"age": 1}, 2]}',
    "instances-empty": b'{"instances": []}',
    "instances-object": b'{"instances": {"age": [1]}}',
    "instances-mixed": b'{"instances": [{"age": 1}, 2]}',
    "split-list": b'{"dataframe_split": [[1]]}',
    "split-no-data": b'{"dataframe_split": {"columns": ["age"]}}',
    "split-extra-key": b'{"dataframe_split": {"columns": ["age"], "data": [[1]], "dtype": "int"}}',
    "split-empty": b'{"dataframe_split": {"data": []}}',
    "split-ragged": b'{"dataframe_split": {"columns": ["a", "b"], "data": [[1, 2], [1]]}}',
    "records-object": b'{"dataframe_records": {"age": 1}}',
    "records-empty": b'{"dataframe_records": []}',
    "records-numbers": b'{"dataframe_records": [1, 2]}',
}


def general() -> Requests:
    """Requests that are the same for every model; most are wrong."""
    types = {
        "type-none": None,
        "type-text": "text/plain",
        "type-form": "application/x-www-form-urlencoded",
        "type-empty": ";",
        "type-upper-case": "Application/JSON",
        "type-utf16": "application/json; charset=utf-16",
        "type-quoted-charset": 'application/json; charset="utf-8"',
        "type-parameter": "application/json; profile=x",
        "type-csv-latin": "text/csv; charset=latin-1",
    }
    found: Requests = {name: (JSON, body) for name, body in _BODIES.items()}
    found.update({name: (type, b'{"inputs": [[1]]}') for name, type in types.items()})
    found["csv-empty"] = (CSV, b"")
    found["csv-no-utf8"] = (CSV, b"a,b\n\xff,1\n")
    found["parquet-wrong"] = (PARQUET, b"PAR1")
    return found


def table(names: Sequence[str], row: Sequence[Any]) -> Requests:
    """Requests with rows a model takes, in each form, and with rows that differ from them a little."""
    named = dict(zip(names, row, strict=True))
    rows = [list(row)] * 2
    first = names[0]
    found = {
        "split": {"dataframe_split": {"columns": list(names), "data": rows}},
        "split-index": {"dataframe_split": {"columns": list(names), "data": rows, "index": [7, 9]}},
        "split-unnamed": {"dataframe_split": {"data": rows}},
        "split-other-order": {"dataframe_split": {"columns": list(names)[::-1], "data": [list(row)[::-1]]}},
        "records": {"dataframe_records": [named, named]},
        "records-extra": {"dataframe_records": [{**named, "more": 1}]},
        "records-missing": {"dataframe_records": [_without(named, first)]},
        "records-one-missing": {"dataframe_records": [named, _without(named, first)]},
        "records-null": {"dataframe_records": [{**named, first: None}]},
        "records-text": {"dataframe_records": [{**named, first: "many"}]},
        "records-number-text": {"dataframe_records": [{**named, first: "1"}]},
        "records-fraction": {"dataframe_records": [{**named, first: 1.5}]},
        "records-truth": {"dataframe_records": [{**named, first: True}]},
        "records-nested": {"dataframe_records": [{**named, first: [1]}]},
        "records-huge": {"dataframe_records": [{**named, first: 10**30}]},
        "records-many": {"dataframe_records": [named] * (20_000 // len(names))},
        "instances-objects": {"instances": [named, named]},
        "instances-ragged-objects": {"instances": [named, _without(named, first)]},
        "instances-rows": {"instances": rows},
        "instances-ragged": {"instances": [list(row), list(row)[1:]]},
        "inputs-objects": {"inputs": [named, named]},
        "inputs-columns": {"inputs": {name: [value, value] for name, value in named.items()}},
        "inputs-scalars": {"inputs": named},
        "inputs-uneven-columns": {"inputs": {**{name: [value] for name, value in named.items()}, first: [1, 2]}},
        "inputs-missing": {"inputs": {name: [value] for name, value in _without(named, first).items()}},
        "inputs-rows": {"inputs": rows},
        "inputs-text": {"inputs": [["many", *list(row)[1:]]]},
        "inputs-null": {"inputs": [[None, *list(row)[1:]]]},
        "inputs-one-row": {"inputs": list(row)},
        "inputs-cube": {"inputs": [rows]},
        "signature-name": {"inputs": rows, "signature_name": "x"},
        "params": {"inputs": rows, "params": {"top": 3, "heat": 1, "stop": ["a", "ß"], "scale": 2}},
        "params-unknown": {"inputs": rows, "params": {"speed": 3}},
        "params-wrong": {"inputs": rows, "params": {"top": "x", "heat": "y", "stop": 1, "scale": []}},
        "params-list": {"inputs": rows, "params": [1]},
        "params-null": {"inputs": rows, "params": None},
    }
    requests: Requests = {name: (JSON, json.dumps(body).encode()) for name, body in found.items()}
    lines = [",".join(names), *[",".join(_cell(value) for value in row)] * 2]
    texts = {
        "csv": lines,
        "csv-charset": lines,
        "csv-header": lines[:1],
        "csv-no-header": lines[1:],
        "csv-extra": [lines[0] + ",more", lines[1] + ",1"],
        "csv-missing": [line.partition(",")[2] for line in lines],
        "csv-long-row": [*lines, lines[1] + ",1"],
        "csv-short-row": [*lines, lines[1].rpartition(",")[0]],
        "csv-empty-cell": [lines[0], "," + lines[1].partition(",")[2]],
        "csv-text-cell": [lines[0], "many," + lines[1].partition(",")[2]],
        "csv-quoted": [lines[0], ",".join(f'"{_cell(value)}"' for value in row)],
    }
    requests.update({name: (CSV, "\n".join(text).encode()) for name, text in texts.items()})
    requests["csv-crlf"] = (CSV, "\r\n".join([*lines, ""]).encode())
    requests["csv-charset"] = ("text/csv; charset=UTF-8", requests["csv"][1])
    requests["split-charset"] = ("application/json;charset=utf-8", requests["split"][1])
    return requests


def _without(named: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {each: value for each, value in named.items() if each != name}


def _cell(value: Any) -> str:
    return str(value)


FOUR = table(["a", "b", "c", "d"], [0.5, -1, 2.25, 0])
PEOPLE = table(["age", "size", "city"], [41, 1.5, "Köln"])
SIZES = table(["age", "size"], [41, 1.5])
PIXELS = table([str(number) for number in range(784)], [number % 256 for number in range(784)])
TYPES = table(
    ["a_boolean", "a_integer", "a_long", "a_float", "a_double", "a_string", "a_datetime", "raw"],
    [True, 1, 2**40, 0.5, 1.25, "größer", "2026-11-22T10:00:00", base64.b64encode(b"\x00\xff").decode()],
)
