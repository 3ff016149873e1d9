"""What has to be known of an OpenAPI document to go through it."""


def each_operation(document):
    """Label, path item and operation of each."""
    for path, item in document["paths"].items():
        for method in ("get", "post", "put", "delete"):
            if method in item:
                yield f"{method.upper()} {path}", item, item[method]


def resolved(document, value):
    """What a reference within the document refers to."""
    while isinstance(value, dict) and "$ref" in value:
        place = value["$ref"]
        value = document
        for part in place.removeprefix("#/").split("/"):
            value = value[part.replace("~1", "/").replace("~0", "~")]
    return value
