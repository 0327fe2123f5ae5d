/// The full name of a key, with the hash tag that decides its slot.
package struct Key: Hashable, Sendable, CustomStringConvertible {
    package let slot: Slot
    package let name: String

    package init(_ slot: Slot, _ name: String) {
        self.slot = slot
        self.name = name
    }

    package var text: String { "sq:{\(slot.tag)}:\(name)" }
    package var description: String { text }
}

/// What one commit may touch: keys of one hash tag live together, also in a cluster.
package enum Slot: Hashable, Sendable {
    /// An account's own keys.
    case shard(Int)
    /// The ticks of some underlyings.
    case partition(Int)
    /// What all share.
    case bus

    package var tag: String {
        switch self {
        case .shard(let number): String(number)
        case .partition(let number): "t\(number)"
        case .bus: "bus"
        }
    }
}
