import Redis
import Trading

/// What a consumer of a group reads next: first all that is its own already, stream by stream and
/// entry by entry; then new entries of all streams.
///
/// An entry that was handed out and is still pending is not handed out again: the worker put it
/// off and keeps it itself. After an error the reader starts anew, and then everything that is
/// pending comes again.
struct GroupReader {
    let streams: [Key]
    let group: String
    let consumer: String
    /// The stream whose own pending entries are read now; all of them are through at `endIndex`.
    private var reading: Int
    /// The last one handed out of them.
    private var last = EntryID.zero
    /// Entries that were claimed behind the place up to which history was read.
    private var claimed: [(stream: Key, id: EntryID)] = []

    init(_ streams: [Key], group: String, consumer: String) {
        precondition(Set(streams.map(\.slot)).count == 1, "one read touches one slot")
        self.streams = streams
        self.group = group
        self.consumer = consumer
        reading = streams.startIndex
    }

    mutating func startAnew() {
        reading = streams.startIndex
        last = .zero
        claimed = []
    }

    var isReadingHistory: Bool { reading < streams.endIndex || !claimed.isEmpty }

    /// The command for what is next; only new entries are waited for.
    func command(count: Int, block: Span) -> RedisCommand {
        var command = RedisCommand("XREADGROUP", "GROUP", group, consumer, "COUNT")
        if reading < streams.endIndex {
            command.append(1)
            command.append(["STREAMS", streams[reading].text, last.text])
        } else if let next = claimed.first {
            command.append(1)
            command.append(["STREAMS", next.stream.text, next.id.textBefore])
        } else {
            command.append(count)
            // BLOCK 0 would be for ever.
            if block > .zero {
                command.append("BLOCK")
                command.append(block.milliseconds)
            }
            command.append("STREAMS")
            for stream in streams { command.append(stream.text) }
            for _ in streams { command.append(">") }
        }
        return command
    }

    /// Reads the reply to such a command and moves on.
    mutating func absorb(_ reply: RedisValue) throws(RedisError) -> [Delivery] {
        var deliveries: [Delivery] = []
        for (name, entries) in try Replies.streams(reply) {
            guard let stream = streams.first(where: { $0.text == name }) else { continue }
            try Replies.deliveries(
                entries, of: stream, isRedelivered: isReadingHistory, into: &deliveries)
        }
        if reading < streams.endIndex {
            last = deliveries.last?.id ?? .zero
            if deliveries.isEmpty { reading += 1 }
        } else if !claimed.isEmpty {
            let next = claimed.removeFirst()
            // Another one means that this one was settled meanwhile.
            deliveries.removeAll { $0.id != next.id }
        }
        return deliveries
    }

    /// Entries that now are this consumer's own. Those that its history will still come to need
    /// nothing.
    mutating func add(claimed ids: [EntryID], of stream: Key) {
        guard let place = streams.firstIndex(of: stream) else { return }
        for id in ids where place < reading || place == reading && id <= last {
            claimed.append((stream, id))
        }
    }
}

extension EntryID {
    /// The highest id below this one, so that reading behind it begins here. A sequence number is
    /// unsigned and fills 64 bits.
    fileprivate var textBefore: String {
        if sequence > 0 { return EntryID(milliseconds, sequence - 1).text }
        return milliseconds > 0 ? "\(milliseconds - 1)-\(UInt64.max)" : "0-0"
    }
}
