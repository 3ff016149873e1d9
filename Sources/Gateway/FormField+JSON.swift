extension FormField {
    /// The members of one flat JSON object as fields: numbers as written, booleans as `yes` and `no`, null as the empty
    /// value, an array of strings as a comma list.
    static func flatJSON(_ body: [UInt8]) throws(FormError) -> [FormField] {
        guard String(validating: body, as: UTF8.self) != nil else { throw .unreadable }
        var reader = FlatJSONReader(body)
        return try reader.object()
    }
}
