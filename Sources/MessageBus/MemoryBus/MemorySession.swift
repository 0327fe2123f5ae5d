import Trading

/// A session on a ``MemoryBus``.
final class MemorySession: BusSession {
    private let bus: MemoryBus
    private let name: String
    var group: GroupReader?
    private var cursors: [(stream: Key, cursor: EntryID)] = []
    private var notes: [String] = []

    init(_ bus: MemoryBus, _ name: String) {
        self.bus = bus
        self.name = name
    }

    /// Nothing ever waits here.
    var interrupt: any BusInterrupt { NoInterrupt() }
    var wall: EventTime { bus.wall }
    var steady: EventTime { bus.steady }
    var serverRun: RunID? { bus.serverRun }

    func takeNotes() -> [String] {
        defer { notes = [] }
        return notes
    }

    func join(_ streams: [Key], group: String, consumer: String) throws(BusError) {
        let reader = GroupReader(streams, group: group, consumer: consumer)
        self.group = reader
        try guarded { store throws(WrongType) in try Self.makeGroups(reader, &store) }
    }

    func follow(_ stream: Key, after cursor: EntryID) throws(BusError) {
        cursors.removeAll { $0.stream == stream }
        cursors.append((stream, cursor))
    }

    func unfollow() { cursors = [] }

    func turn(
        committing commits: [Commit], count: Int, block: Span
    ) throws(BusError) -> Turn {
        var (reader, moved) = (group, cursors)
        var isLost = false
        let turn = try guarded { store throws(WrongType) in
            let verdicts = commits.map { store.apply($0) }
            var found = try Self.follow(&moved, count, store)
            if var own = reader {
                isLost = try !Self.hasGroups(own, store)
                if isLost {
                    try Self.makeGroups(own, &store)
                    own.startAnew()
                } else {
                    found += try Self.read(&own, count, store)
                }
                reader = own
            }
            return Turn(verdicts: verdicts, deliveries: found)
        }
        (group, cursors) = (reader, moved)
        if isLost, let reader {
            notes.append(reader.noteOfLoss)
        }
        return turn
    }

    func commit(_ commits: [Commit]) throws(BusError) -> [[CommitVerdict]] {
        try guarded { store throws(WrongType) in commits.map { store.apply($0) } }
    }

    func load(_ queries: [Query]) throws(BusError) -> Loaded {
        try guarded { store throws(WrongType) in
            let wall = EventTime(milliseconds: store.wall)
            let clock = try store.text(Keys.clock).flatMap { EventTime(text: $0) }
            var answers: [Answer] = []
            for query in queries { answers.append(try store.answer(query)) }
            return Loaded(now: clock ?? wall, wall: wall, answers: answers)
        }
    }

    /// Runs a step; an error of the connection brings the session to its first state.
    func guarded<Value: Sendable>(
        _ step: (inout MemoryStore) throws(WrongType) -> Value
    ) throws(BusError) -> Value {
        do throws(BusError) {
            return try bus.perform(name, step)
        } catch {
            switch error {
            case .refused, .denied: break
            case .retry, .unknown: group?.startAnew()
            }
            throw error
        }
    }
}

extension MemorySession {
    private static func makeGroups(
        _ reader: GroupReader, _ store: inout MemoryStore
    ) throws(WrongType) {
        for stream in reader.streams {
            let log = try store.madeStream(stream)
            if log.groups[reader.group] == nil { log.groups[reader.group] = StreamLog.Group() }
        }
    }

    private static func follow(
        _ cursors: inout [(stream: Key, cursor: EntryID)], _ count: Int, _ store: MemoryStore
    ) throws(WrongType) -> [Delivery] {
        var found: [Delivery] = []
        for index in cursors.indices {
            let (stream, cursor) = cursors[index]
            let entries = try store.stream(stream)?.entries(after: cursor, limit: count) ?? []
            found += entries.map { Delivery(stream: stream, id: $0.id, fields: $0.fields) }
            if let last = entries.last { cursors[index].cursor = last.id }
        }
        return found
    }

    /// One own pending entry, or new ones where there is none.
    private static func read(
        _ reader: inout GroupReader, _ count: Int, _ store: MemoryStore
    ) throws(WrongType) -> [Delivery] {
        while case .own(let stream, let id) = reader.next {
            let own = try store.stream(stream)?
                .own(reader.group, of: reader.consumer, after: id)
            let found = reader.advance(
                own.map { Delivery(stream: stream, id: $0.0, fields: $0.1, isRedelivered: true) })
            if !found.isEmpty { return found }
        }
        var found: [Delivery] = []
        for stream in reader.streams {
            let entries = try store.stream(stream)?
                .deliver(reader.group, to: reader.consumer, limit: count, at: store.wall)
            found += (entries ?? []).map { Delivery(stream: stream, id: $0.id, fields: $0.fields) }
        }
        return found
    }

    private static func hasGroups(
        _ reader: GroupReader, _ store: MemoryStore
    ) throws(WrongType) -> Bool {
        for stream in reader.streams {
            guard try store.stream(stream)?.groups[reader.group] != nil else { return false }
        }
        return true
    }
}

private struct NoInterrupt: BusInterrupt {
    func wake() {}
}
