/// The full name of a key, with the hash tag that decides its slot.
package struct Key: Sendable, CustomStringConvertible {
    package let slot: Slot
    package let name: String
    /// Made once: a key is written into several commands and compared with several others.
    package let text: String

    package init(_ slot: Slot, _ name: String) {
        self.slot = slot
        self.name = name
        text = "sq:{\(slot.tag)}:\(name)"
    }

    package var description: String { text }
}

extension Key: Hashable {
    package static func == (left: Key, right: Key) -> Bool { left.text == right.text }
    package func hash(into hasher: inout Hasher) { text.hash(into: &hasher) }
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
