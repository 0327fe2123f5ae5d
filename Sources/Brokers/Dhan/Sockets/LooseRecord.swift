import Trading

/// A flat object whose keys nobody can rely on: `OrderNo`, `orderNo` and `order_no` are one.
struct LooseRecord: Sendable, Hashable {
    private var values: [String: LooseJSON] = [:]

    /// Of a key that comes twice, the last one counts that says anything.
    init(_ members: [LooseJSON.Member]) {
        for member in members where !member.value.isBlank {
            values[Self.plain(member.key)] = member.value
        }
    }

    /// Text and numbers alike; nil where there is nothing.
    subscript(_ key: String) -> String? { values[Self.plain(key)]?.text }

    func members(of key: String) -> [LooseJSON.Member]? {
        guard case .object(let members)? = values[Self.plain(key)] else { return nil }
        return members
    }

    var texts: [String] { values.values.compactMap(\.text) }

    private static func plain(_ key: String) -> String {
        key.lowercased().filter { $0 != "_" }
    }
}

extension LooseJSON {
    fileprivate var text: String? {
        switch self {
        case .string(let text), .number(let text): text
        case .bool(let value): value.text
        case .object, .array, .null: nil
        }
    }

    fileprivate var isBlank: Bool {
        switch self {
        case .null: true
        case .string(let text): text.allSatisfy(\.isWhitespace)
        default: false
        }
    }
}
