/// A flat object whose keys nobody can rely on: `OrderNo`, `orderNo` and `order_no` are one.
struct LooseRecord: Sendable, Hashable {
    private var values: [String: JSON] = [:]

    /// Of two spellings of a key one counts that says anything; of two that do, the live one,
    /// which begins with a small letter.
    init(_ fields: [String: JSON]) {
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) where !value.isBlank {
            values[Self.plain(key)] = value
        }
    }

    /// Text and numbers alike; nil where there is nothing.
    subscript(_ key: String) -> String? { values[Self.plain(key)]?.plainText }

    func object(_ key: String) -> [String: JSON]? {
        guard case .object(let fields)? = values[Self.plain(key)] else { return nil }
        return fields
    }

    var texts: [String] { values.values.compactMap(\.plainText) }

    private static func plain(_ key: String) -> String {
        key.lowercased().filter { $0 != "_" }
    }
}

extension JSON {
    fileprivate var isBlank: Bool {
        switch self {
        case .null: true
        case .string(let text): text.allSatisfy(\.isWhitespace)
        default: false
        }
    }
}
