"""Whether every example in an OpenAPI document is what the schema beside it says; the document comes by name."""

import json
import sys

from jsonschema import Draft202012Validator, FormatChecker


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        document = json.load(file)
    root = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": document["components"]}
    count = wrong = 0
    for place, schema, examples in with_examples(document, "#"):
        validator = Draft202012Validator(root | {"allOf": [schema]}, format_checker=FormatChecker())
        for example in examples:
            count += 1
            for error in validator.iter_errors(example):
                wrong += 1
                print(f"{place}: {json.dumps(example, ensure_ascii=False)[:200]}: {error.message[:400]}")
    print(f"{count} examples, {wrong} faults")
    sys.exit(1 if wrong or not count else 0)


def with_examples(value, place):
    """Place, schema and examples of each schema, parameter, header and body that has some."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from with_examples(item, f"{place}/{number}")
    elif isinstance(value, dict):
        if "schema" in value:
            examples = [value["example"]] if "example" in value else []
            examples += [example["value"] for example in value.get("examples", {}).values() if "value" in example]
            if examples:
                yield place, value["schema"], examples
        elif isinstance(value.get("examples"), list):
            yield place, value, value["examples"]
        for name, member in value.items():
            if name not in ("example", "examples"):
                yield from with_examples(member, f"{place}/{name}")


if __name__ == "__main__":
    main()
