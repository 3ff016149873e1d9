/// Which Postern this is. The package takes it from `postern --version`.
enum Version {
    static let text = "0.5.0"
}
