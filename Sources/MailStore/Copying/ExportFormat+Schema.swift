import Storage

extension ExportFormat {
    /// A JSON Schema (draft 2020-12) of the lines, made from the tables' declarations.
    /// - Throws: `StoreError`.
    package static func schema() throws -> String {
        let tables = try ExportedTable.all(usage: true)
        let rows = tables.map(\.schema)
        return """
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "title": "A line of an export of Postern, version \(version)",
              "description": "The first line is the header, the last one the end, and each between is a row.",
              "oneOf": [{"$ref": "#/$defs/header"}, {"$ref": "#/$defs/end"},
                \(tables.map { "{\"$ref\": \"#/$defs/\($0.name)\"}" }.joined(separator: ",\n    "))],
              "$defs": {
                "header": {
                  "type": "object", "additionalProperties": false,
                  "required": ["format", "version", "domains", "server", "passwords", "usage"],
                  "properties": {
                    "format": {"const": "\(name)"},
                    "version": {"const": \(version)},
                    "domains": {"type": "array", "items": {"type": "string"}, "uniqueItems": true,
                      "description": "The domains whose rows are here, all of them."},
                    "server": {"type": "boolean", "description": "Whether what belongs to no domain is here."},
                    "passwords": {"type": "boolean", "description": "Whether the hashes of passwords are here."},
                    "usage": {"type": "boolean", "description": "Whether what Dovecot writes is here."}
                  }
                },
                "end": {
                  "type": "object", "additionalProperties": false, "required": ["end"],
                  "properties": {
                    "end": {"type": "object", "additionalProperties": false, "required": ["rows"],
                      "properties": {"rows": {"type": "integer", "minimum": 0,
                        "description": "How many rows there are."}}}
                  }
                },
            \(rows.joined(separator: ",\n"))
              }
            }
            """
    }
}

extension ExportedTable {
    fileprivate var schema: String {
        let required = key.map { "\"\(columns[$0].name)\"" }.joined(separator: ", ")
        let properties = columns.map { "          \"\($0.name)\": \($0.schema)" }
        return """
                "\(name)": {
                  "type": "object", "additionalProperties": false, "required": ["table", "row"],
                  "properties": {
                    "table": {"const": "\(name)"},
                    "row": {"type": "object", "additionalProperties": false, "required": [\(required)], "properties": {
            \(properties.joined(separator: ",\n"))
                    }}
                  }
                }
            """
    }
}

extension ExportedTable.Column {
    fileprivate var schema: String {
        let type =
            switch kind {
            case .integer: "integer"
            case .real: "number"
            case .text: "string"
            }
        let types = isNullable ? "[\"\(type)\", \"null\"]" : "\"\(type)\""
        let fallback =
            switch self.fallback {
            case .null: isNullable ? ", \"default\": null" : ""
            case .integer(let number): ", \"default\": \(number)"
            case .real(let number): ", \"default\": \(number)"
            case .text(let text): ", \"default\": \(JSONValue.quoted(text))"
            }
        let description =
            if isSecret {
                ", \"description\": \"Only in an export with passwords.\""
            } else if let named {
                ", \"description\": \"As \(named.column) of \(named.table).\""
            } else {
                ""
            }
        return "{\(rule.schema)\"type\": \(types)\(fallback)\(description)}"
    }
}
