import Foundation

extension FormField {
    /// The members of one flat JSON object as fields: numbers as written in decimal, booleans as `yes` and `no`,
    /// null as the empty value, an array of strings as a comma list.
    static func flatJSON(_ body: [UInt8]) throws(FormError) -> [FormField] {
        guard String(validating: body, as: UTF8.self) != nil,
            let members = try? JSONDecoder().decode([String: Member].self, from: Data(body))
        else { throw .unreadable }
        guard members.count <= limit else { throw .tooMany }
        return members.map { FormField($0.key, $0.value.text) }
    }

    private struct Member: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if value.decodeNil() {
                text = ""
            } else if let flag = try? value.decode(Bool.self) {
                text = flag ? "yes" : "no"
            } else if let string = try? value.decode(String.self) {
                text = string
            } else if let number = try? value.decode(Int.self) {
                text = String(number)
            } else if let number = try? value.decode(Decimal.self) {
                text = number.description
            } else {
                text = try value.decode([String].self).joined(separator: ",")
            }
        }
    }
}
