import Trading

@testable import Brokers

/// Breaks an answer in one to four places, by bytes or by values.
struct Mutation {
    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    /// What has broken readers before.
    private static let tokens = [
        "-1", "0", "-0", "1e308", "1e-400", "-3.402823669209385e+38", "NaN", "Infinity", "null",
        "true", "1e-9223372036854775808", "\"1e-9223372036854775808\"",
        "\"\"", "\"0\"", "\"NA\"", "9223372036854775807", "9223372036854775808",
        "18446744073709551616",
        "1.7375706E9", "0.94999695", "99999999999999999999999999999999999999999999999999999999999",
        "[]", "{}", "[[[[", "{\"a\":", "\\u0000", "\"\\ud800\"", "\"TRADED\"", "\"SELL\"", ",", ":",
        "\"",
    ]

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<max(1, bound), using: &random) }

    mutating func status() -> Int {
        let usual = [200, 200, 200, 200, 200, 201, 202, 400, 401, 404, 429, 500, 502, 0, 302]
        return usual[below(usual.count)]
    }

    mutating func apply(to body: [UInt8]) -> [UInt8] {
        var body = body
        for _ in 0...below(4) {
            if below(2) == 0, let json = try? JSON.parse(body) {
                var target = below(Self.leaves(json))
                body = Array(changed(json, &target).text.utf8)
            } else {
                mutate(&body)
            }
        }
        return body
    }

    private mutating func mutate(_ body: inout [UInt8]) {
        let place = below(body.count)
        let end = min(body.count, place + below(20))
        switch below(6) {
        case 0: body.removeSubrange(place...)
        case 1: body.removeSubrange(place..<end)
        case 2: body.insert(contentsOf: body[place..<end], at: place)
        case 3: body.insert(contentsOf: token(), at: place)
        case 4: body.replaceSubrange(place..<end, with: token())
        default:
            if !body.isEmpty { body[place] = UInt8(truncatingIfNeeded: below(256)) }
        }
    }

    private mutating func token() -> [UInt8] { Array(Self.tokens[below(Self.tokens.count)].utf8) }

    private static func leaves(_ json: JSON) -> Int {
        switch json {
        case .array(let elements): elements.reduce(1) { $0 + leaves($1) }
        case .object(let fields): fields.values.reduce(1) { $0 + leaves($1) }
        case .null, .bool, .number, .string: 1
        }
    }

    /// The value at `target`, counted through the tree, becomes another one.
    private mutating func changed(_ json: JSON, _ target: inout Int) -> JSON {
        target -= 1
        if target < 0 {
            target = .max
            // Not every token is JSON: as a number it is written as it stands.
            return .number(String(decoding: token(), as: UTF8.self))
        }
        switch json {
        case .array(let elements):
            var changed: [JSON] = []
            for element in elements { changed.append(self.changed(element, &target)) }
            return .array(changed)
        case .object(let fields):
            var changed: [String: JSON] = [:]
            for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
                changed[key] = self.changed(value, &target)
            }
            return .object(changed)
        case .null, .bool, .number, .string: return json
        }
    }
}
