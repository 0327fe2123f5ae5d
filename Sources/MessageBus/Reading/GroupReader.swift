import Trading

/// What a consumer of a group reads next: first all that is its own already, stream by stream and
/// entry by entry; then new entries of all streams.
///
/// An entry that was handed out and is still pending is not handed out again: the worker put it
/// off and keeps it itself. After an error the reader starts anew, and then everything that is
/// pending comes again.
struct GroupReader {
    enum Next: Hashable {
        /// The first own entry behind this id; entry by entry, because it may be the one that a
        /// worker has died of.
        case own(Key, after: EntryID)
        case new
    }

    let streams: [Key]
    let group: String
    let consumer: String
    /// The place of the stream whose own pending entries are read; all streams' are through at
    /// `endIndex`.
    private var reading: Int
    /// The last one handed out of them.
    private var last = EntryID.zero
    /// Entries that were claimed after their place in the history was passed.
    private var claimed: [(stream: Key, id: EntryID)] = []

    init(_ streams: [Key], group: String, consumer: String) {
        precondition(Set(streams.map(\.slot)).count == 1, "one read touches one slot")
        self.streams = streams
        self.group = group
        self.consumer = consumer
        reading = streams.startIndex
    }

    var next: Next {
        if reading < streams.endIndex { return .own(streams[reading], after: last) }
        return claimed.first.map { .own($0.stream, after: $0.id.predecessor) } ?? .new
    }

    /// Moves on behind what a read of own entries found, and returns what of it to hand out.
    mutating func advance(_ found: Delivery?) -> [Delivery] {
        if reading < streams.endIndex {
            last = found?.id ?? .zero
            if found == nil { reading += 1 }
            return found.map { [$0] } ?? []
        }
        guard !claimed.isEmpty else { return [] }
        let expected = claimed.removeFirst()
        // Another one means that this one was settled meanwhile.
        return found.flatMap { $0.id == expected.id ? [$0] : nil } ?? []
    }

    /// After an error, or where the group is new.
    mutating func startAnew() {
        reading = streams.startIndex
        last = .zero
        claimed = []
    }

    /// Entries that a consumer has claimed, which may be this one. Those that its history will
    /// still come to need nothing.
    mutating func add(
        claimed ids: [EntryID], of stream: Key, _ group: String, _ consumer: String
    ) {
        guard self.group == group, self.consumer == consumer,
            let place = streams.firstIndex(of: stream)
        else { return }
        for id in ids where place < reading || place == reading && id <= last {
            claimed.append((stream, id))
        }
    }

    /// What a person hears when somebody has removed a stream or its group.
    var noteOfLoss: String { "group \(group) was gone and is made anew at the beginning" }
}

extension EntryID {
    /// An id below this one with no entry between them: sequence numbers of a millisecond do not
    /// come near `Int.max`.
    fileprivate var predecessor: EntryID {
        if sequence > 0 { return EntryID(milliseconds, sequence - 1) }
        return milliseconds > 0 ? EntryID(milliseconds - 1, .max) : .zero
    }
}
