import MessageBus
import Redis
import Trading

/// A letter's place: `0/1765771368948-0`, the slot and the entry's id.
struct LetterID: Equatable {
    let slot: Slot
    let id: EntryID

    init(_ slot: Slot, _ id: EntryID) {
        self.slot = slot
        self.id = id
    }

    init?(text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let slot = Slot(tag: parts[0]), let id = EntryID(text: parts[1])
        else { return nil }
        self.init(slot, id)
    }

    var text: String { "\(slot.tag)/\(id.text)" }
}

extension Slot {
    init?(tag: String) {
        if tag == "bus" {
            self = .bus
        } else if let shard = Int(tag) {
            self = .shard(shard)
        } else if tag.hasPrefix("t"), let partition = Int(tag.dropFirst()) {
            self = .partition(partition)
        } else {
            return nil
        }
    }
}

/// Entries that were set aside because nobody could decide on them.
struct DeadLetters {
    /// What the entry held stands under this prefix.
    static let bodyPrefix = "body:"

    let lookout: Lookout

    var slots: [Slot] {
        [.bus] + lookout.shards.map { .shard($0) }
            + (0..<lookout.keys.partitions).map { .partition($0) }
    }

    func all() throws(RedisError) -> [(LetterID, Fields)] {
        var letters: [(LetterID, Fields)] = []
        for slot in slots {
            for entry in try lookout.entries(Keys.deadLetters(slot)) {
                letters.append((LetterID(slot, entry.id), entry.fields))
            }
        }
        return letters
    }

    static func body(_ letter: Fields) -> Fields {
        Fields(
            letter.pairs.filter { $0.name.hasPrefix(bodyPrefix) }.map {
                Fields.Pair(name: String($0.name.dropFirst(bodyPrefix.count)), value: $0.value)
            })
    }

    /// Appends the body to the stream that it came from, and deletes the letter.
    ///
    /// - Returns: the stream and the new entry's id.
    func replay(_ id: LetterID) throws -> (stream: String, entry: String) {
        let letter = try fields(id)
        let body = Self.body(letter)
        guard let stream = letter[.stream], !body.isEmpty else { throw DeadLetterError.empty(id) }
        if letter[.leftOut] != nil { throw DeadLetterError.cut(id) }
        // The two would not be one step.
        guard stream.hasPrefix(Key(id.slot, "").text) else {
            throw DeadLetterError.elsewhere(id, stream: stream)
        }
        var command = RedisCommand(
            "EVAL", Self.replayScript, 2, Keys.deadLetters(id.slot).text, stream, id.id.text)
        for pair in body.pairs {
            command.append(pair.name)
            command.append(pair.value)
        }
        guard let entry = try lookout.call(command).asOptionalString else {
            throw DeadLetterError.unknown(id)
        }
        return (stream, entry)
    }

    func drop(_ id: LetterID) throws {
        let command = RedisCommand("XDEL", Keys.deadLetters(id.slot).text, id.id.text)
        guard try lookout.call(command).asInteger == 1 else { throw DeadLetterError.unknown(id) }
    }

    private func fields(_ id: LetterID) throws -> Fields {
        guard let entry = try lookout.entry(Keys.deadLetters(id.slot), id.id.text) else {
            throw DeadLetterError.unknown(id)
        }
        return entry.fields
    }

    /// One step, so that two people who replay the same letter send it once. The append comes
    /// first: a full server then refuses it while the letter still stands.
    private static let replayScript = """
        if #redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1]) == 0 then return false end
        local id = redis.call('XADD', KEYS[2], '*', unpack(ARGV, 2))
        redis.call('XDEL', KEYS[1], ARGV[1])
        return id
        """
}

/// Why a letter was not replayed or dropped. Nothing was changed.
enum DeadLetterError: Error, CustomStringConvertible {
    case malformed(String)
    case unknown(LetterID)
    /// The entry was trimmed before it could be set aside.
    case empty(LetterID)
    /// The entry had more fields than a letter keeps.
    case cut(LetterID)
    case elsewhere(LetterID, stream: String)

    var description: String {
        switch self {
        case .malformed(let text): "'\(text)' is no letter's id, such as 0/1765771368948-0"
        case .unknown(let id): "no dead letter \(id.text): it was replayed or dropped before"
        case .empty(let id): "dead letter \(id.text) has no body: only --drop is left"
        case .cut(let id):
            "dead letter \(id.text) lacks fields of its entry: only --drop is left"
        case .elsewhere(let id, let stream):
            "dead letter \(id.text) came from \(stream), which is not in its slot"
        }
    }
}
