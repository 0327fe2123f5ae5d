import Foundation

/// One round trip as `--json` writes it.
struct Trade: Codable, Hashable, CustomStringConvertible {
    var account, position, instrument: String
    var quantity: Int
    var entry_time: Int
    var entry_price: String
    var exit_time: Int
    var exit_price, reason, gross, charges, net: String

    static func read(_ path: String) throws -> [Trade] {
        let data = try Data(contentsOf: URL(filePath: path))
        return try JSONDecoder().decode([Trade].self, from: data)
    }

    var description: String {
        "\(position) \(account) \(instrument) \(quantity): \(entry_time) \(entry_price) -> "
            + "\(exit_time) \(exit_price) \(reason) \(net)"
    }
}

/// What one run has and the other has not; empty where they are the same, price for price.
func difference(_ trades: [Trade], from reference: [Trade]) -> [String] {
    let (own, other) = (Set(trades), Set(reference))
    let missing = reference.filter { !own.contains($0) }.map { "missing: \($0)" }
    let extra = trades.filter { !other.contains($0) }.map { "extra: \($0)" }
    if missing.isEmpty, extra.isEmpty, trades != reference { return ["another order"] }
    return missing + extra
}
