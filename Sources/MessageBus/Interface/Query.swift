package import Trading

/// What a session can load, many at once.
package enum Query: Sendable, Hashable {
    case hash(Key)
    case fields(Key, [String])
    case text(Key)
    case list(Key)
    /// A set's members, sorted.
    case members(Key)
    /// The members with the lowest scores.
    case due(Key, limit: Int)
    case score(Key, member: String)
    /// How many elements the list, set, sorted set, hash or stream has; 0 for none.
    case count(Key)
    /// How many entries of the stream the group has still to do, unread and pending ones; at most
    /// `limit`.
    case backlog(Key, group: String, limit: Int)
    /// The id of the stream's newest entry, also of one that was trimmed.
    case newest(Key)
    case groups(Key)
    case range(Key, from: EntryID, limit: Int)
    /// The newest entries, newest first.
    case latest(Key, limit: Int)
    /// Entries that consumers of the group have and have not acknowledged.
    case pending(Key, group: String, limit: Int)
    /// The consumers that have such entries, sorted.
    case owners(Key, group: String)
}

package enum Answer: Sendable, Hashable {
    case fields(Fields)
    case text(String?)
    case texts([String])
    case due([DueTime])
    case number(Int?)
    case newest(EntryID)
    case groups([GroupState])
    case entries([Entry])
    case pending([PendingEntry])
}

package struct DueTime: Sendable, Hashable {
    package var member: String
    package var at: Int

    package init(member: String, at: Int) {
        self.member = member
        self.at = at
    }

    /// A score within bounds, so that the span from now to then is a number. Readers and guards
    /// see all scores so; `commit-guards.lua` knows the bounds too.
    static func readable(_ score: Int) -> Int {
        min(max(score, Readable.whole.lowerBound), Readable.whole.upperBound)
    }
}

package struct GroupState: Sendable, Hashable {
    package var name: String
    package var lastDelivered: EntryID
    package var pending: Int

    package init(name: String, lastDelivered: EntryID, pending: Int) {
        self.name = name
        self.lastDelivered = lastDelivered
        self.pending = pending
    }
}

package struct PendingEntry: Sendable, Hashable {
    package var id: EntryID
    package var consumer: String
    package var idle: Span
    package var deliveries: Int

    package init(id: EntryID, consumer: String, idle: Span, deliveries: Int) {
        self.id = id
        self.consumer = consumer
        self.idle = idle
        self.deliveries = deliveries
    }
}

package struct Loaded: Sendable {
    /// Event time: the replay's clock where there is one, else the wall's.
    package var now: EventTime
    /// The wall's clock, for leases, heartbeats and the lives of senders.
    package var wall: EventTime
    package var answers: [Answer]

    package init(now: EventTime, wall: EventTime, answers: [Answer]) {
        self.now = now
        self.wall = wall
        self.answers = answers
    }
}
