import Trading

/// What tells a holder's commits from a former holder's: its epoch, and how far it has read.
package struct Fence: Sendable, Hashable {
    /// The field of the epoch; all others are cursors.
    package static let epochField = "epoch"

    package var epoch: Int
    package var cursors: [String: EntryID]

    package init(epoch: Int, cursors: [String: EntryID]) {
        self.epoch = epoch
        self.cursors = cursors
    }

    /// As it stands in its hash.
    init(_ fields: Fields) {
        var cursors: [String: EntryID] = [:]
        for pair in fields.pairs { cursors[pair.name] = EntryID(text: pair.value) }
        self.init(epoch: fields[Self.epochField].flatMap { Int($0) } ?? 0, cursors: cursors)
    }
}

/// How far a holder reads with one commit.
package struct CursorMove: Sendable, Hashable {
    /// The field of the fence.
    package var field: String
    package var from: EntryID
    package var to: EntryID

    package init(field: String, from: EntryID, to: EntryID) {
        self.field = field
        self.from = from
        self.to = to
    }

    /// The stream's whole name: a holder may follow streams of several slots. `cut` in
    /// `retention.lua` looks for a cursor under it.
    package static func field(of stream: Key) -> String { stream.text }
}
