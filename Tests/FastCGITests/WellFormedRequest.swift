/// Says of a whole byte string whether it is one well-formed request: the rules of `Security.md` 1 written a
/// second time and in another way (split into records first), to check the scanner against.
enum WellFormedRequest {
    private struct Record {
        let kind: UInt8
        let id: Int
        let content: ArraySlice<UInt8>
        let padding: Int
    }

    static func holds(_ bytes: [UInt8]) -> Bool {
        guard let records = records(bytes[...]), let first = records.first, first.id != 0,
            first.kind == Wire.begin, first.padding == 0, first.content.count == 8,
            Array(first.content.prefix(2)) == [0, 1], [0, 1].contains(first.content[first.content.startIndex + 2]),
            records.allSatisfy({ $0.id == first.id && ($0.padding == 0 || !$0.content.isEmpty) })
        else { return false }
        let kinds = records.dropFirst().map { "\($0.kind)\($0.content.isEmpty ? "." : "")" }
        let parameterCount = kinds.prefix { $0 == "4" }.count
        let inputCount = kinds.dropFirst(parameterCount + 1).prefix { $0 == "5" }.count
        let expected =
            [String](repeating: "4", count: parameterCount) + ["4."]
            + [String](repeating: "5", count: inputCount) + ["5."]
        guard kinds == expected else { return false }
        let parameters = records.filter { $0.kind == Wire.parameters }.flatMap(\.content)
        let body = records.filter { $0.kind == Wire.input }.flatMap(\.content)
        guard parameters.count <= 32 * 1024, body.count <= 128 * 1024,
            let pairs = pairs(parameters[...]), pairs.count <= 100
        else { return false }
        // A body announced to be longer than the limit is refused before it has arrived.
        let announced = pairs.filter { $0.name == Array("CONTENT_LENGTH".utf8) }
            .compactMap { UInt64(String(decoding: $0.value, as: UTF8.self)) }
        return announced.allSatisfy { $0 <= 128 * 1024 }
    }

    private static func records(_ bytes: ArraySlice<UInt8>) -> [Record]? {
        var rest = bytes
        var records: [Record] = []
        while !rest.isEmpty {
            let header = Array(rest.prefix(8))
            guard header.count == 8, header[0] == 1 else { return nil }
            let length = Int(header[4]) * 256 + Int(header[5])
            let padding = Int(header[6])
            guard rest.count >= 8 + length + padding else { return nil }
            records.append(
                Record(
                    kind: header[1], id: Int(header[2]) * 256 + Int(header[3]),
                    content: rest.dropFirst(8).prefix(length), padding: padding))
            rest = rest.dropFirst(8 + length + padding)
        }
        return records
    }

    private static func pairs(_ bytes: ArraySlice<UInt8>) -> [(name: [UInt8], value: [UInt8])]? {
        var rest = bytes
        var pairs: [(name: [UInt8], value: [UInt8])] = []
        while !rest.isEmpty {
            guard let nameLength = length(&rest), let valueLength = length(&rest), nameLength > 0,
                rest.count >= nameLength + valueLength
            else { return nil }
            let name = Array(rest.prefix(nameLength))
            let value = Array(rest.dropFirst(nameLength).prefix(valueLength))
            guard !name.contains(0), !value.contains(0), !name.contains(UInt8(ascii: "=")) else { return nil }
            pairs.append((name, value))
            rest = rest.dropFirst(nameLength + valueLength)
        }
        return pairs
    }

    private static func length(_ rest: inout ArraySlice<UInt8>) -> Int? {
        guard let first = rest.first else { return nil }
        guard first >= 128 else {
            rest = rest.dropFirst()
            return Int(first)
        }
        guard rest.count >= 4 else { return nil }
        defer { rest = rest.dropFirst(4) }
        return rest.dropFirst().prefix(3).reduce(Int(first) - 128) { $0 * 256 + Int($1) }
    }
}
