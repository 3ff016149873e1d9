extension Shape {
    package static let health: Shape = .object(
        [Member("status", .word(["ok"], "What is wrong is told by a refusal."))],
        "The accounts can be read and written.", name: "Health")
}
