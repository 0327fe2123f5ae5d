package import MessageBus
package import Trading

/// Whether everything that was written has been worked off, so that a replay may move its clock.
///
/// A quiet step is told by little: who follows the ticks has read them, and no stream has grown
/// since everything was last settled. All that a stage does begins with an entry or ends in one.
///
/// Otherwise, one look at all streams in flow order cannot tell: while it goes on, work may move
/// from a stream that is still to be read to one that was. Two looks in a row that are equal, with
/// nothing open in either, can.
package struct Settling {
    private let queries: [Query]
    private let checks: [Check]
    private let followed: [(ticks: Key, fence: Key)]
    private let headQueries: [Query]
    /// The streams' newest entries when everything was last settled. Not their lengths: one entry
    /// comes, another is cut, and the length is the same.
    private var heads: [Answer] = []
    private var settled: Look?

    /// What one look came to.
    package struct Look: Sendable, Hashable {
        package var now: EventTime
        /// What somebody still has to do, by name; empty when all is done.
        package var open: [String] = []
        package var newest: [EntryID] = []
        /// The earliest due time in the future.
        package var nextDue: EventTime?
        /// Only the ticks' readers were looked at.
        package var isGlance = false
    }

    fileprivate enum Check {
        /// A stream that a group shares.
        case group(Key, String)
        /// A stream that fence holders follow.
        case followed(StreamReaders)
        case due(Key)
        case empty(Key)

        /// Ticks grow at each step; all other streams only when there is something to do.
        var growingStream: Key? {
            switch self {
            case .group(let stream, _): stream
            case .followed(let readers): readers.kind == .ticks ? nil : readers.stream
            case .due, .empty: nil
            }
        }

        var queries: [Query] {
            switch self {
            case .group(let stream, _): [.newest(stream), .groups(stream)]
            case .followed(let readers):
                [.newest(readers.stream)] + readers.followers.map { .hash($0.fence) }
            case .due(let key): [.due(key, limit: 1)]
            case .empty(let key): [.count(key)]
            }
        }
    }

    package init(_ desk: Desk) {
        checks = Self.checks(desk)
        queries = checks.flatMap(\.queries)
        followed = StreamReaders.all(desk).filter { $0.kind == .ticks }.flatMap { readers in
            readers.followers.map { (readers.stream, $0.fence) }
        }
        headQueries = checks.compactMap(\.growingStream).map { .latest($0, limit: 1) }
    }

    /// - Parameter written: the newest tick of each partition, if nothing else was written since
    ///   the last look that was settled.
    /// - Returns: the last look: settled when its `open` is empty.
    package mutating func look(
        _ session: any BusSession, written: [Key: EntryID]? = nil
    ) throws(BusError) -> Look {
        if let written, let settled {
            switch try glance(written, session) {
            case .unread:
                return Look(now: settled.now, open: ["ticks to be read"], isGlance: true)
            case .quiet: return settled
            case .grown: break
            }
        }
        let first = try once(session)
        guard first.open.isEmpty else { return first }
        let heads = try session.load(headQueries).answers
        var second = try once(session)
        if second.open.isEmpty, second != first { second.open = ["work that has just been done"] }
        if second.open.isEmpty {
            self.heads = heads
            settled = second
        }
        return second
    }

    private enum Glance { case unread, quiet, grown }

    private func glance(
        _ written: [Key: EntryID], _ session: any BusSession
    ) throws(BusError) -> Glance {
        let cursors = followed.map { Query.fields($0.fence, [CursorMove.field(of: $0.ticks)]) }
        let answers = try session.load(cursors + headQueries).answers
        for ((ticks, _), answer) in zip(followed, answers) {
            guard let newest = written[ticks] else { continue }
            guard case .fields(let fields) = answer,
                let cursor = fields[CursorMove.field(of: ticks)].flatMap({ EntryID(text: $0) }),
                cursor >= newest
            else { return .unread }
        }
        return Array(answers.dropFirst(followed.count)) == heads ? .quiet : .grown
    }

    private func once(_ session: any BusSession) throws(BusError) -> Look {
        let loaded = try session.load(queries)
        var look = Look(now: loaded.now)
        var rest = loaded.answers[...]
        for check in checks {
            let answers = Array(rest.prefix(check.queries.count))
            rest = rest.dropFirst(answers.count)
            check.read(answers, into: &look)
        }
        return look
    }

    /// In the order in which work flows.
    private static func checks(_ desk: Desk) -> [Check] {
        var checks: [Check] = []
        for readers in StreamReaders.all(desk) {
            checks += readers.groups.map { .group(readers.stream, $0) }
            if !readers.followers.isEmpty { checks.append(.followed(readers)) }
        }
        for shard in 0..<desk.keys.shards {
            checks += [
                .empty(Keys.calling(shard)), .due(Keys.paperDue(shard)),
                .due(Keys.exitsDue(shard)), .due(Keys.ordersDue(shard)),
            ]
        }
        return checks
    }
}

extension Settling.Check {
    fileprivate func read(_ answers: [Answer], into look: inout Settling.Look) {
        switch self {
        case .group(let stream, let group): readGroup(stream, group, answers, &look)
        case .followed(let readers): readFences(readers, answers, &look)
        case .due(let key):
            guard case .due(let times)? = answers.first, let first = times.first else { return }
            let time = EventTime(milliseconds: first.at)
            if time <= look.now {
                look.open.append("\(first.member) in \(key)")
            } else {
                look.nextDue = look.nextDue.map { min($0, time) } ?? time
            }
        case .empty(let key):
            if case .number(let count?)? = answers.first, count > 0 {
                look.open.append("calls in \(key)")
            }
        }
    }

    private func readGroup(
        _ stream: Key, _ group: String, _ answers: [Answer], _ look: inout Settling.Look
    ) {
        guard answers.count == 2, case .newest(let newest) = answers[0],
            case .groups(let groups) = answers[1]
        else { return }
        look.newest.append(newest)
        guard let state = groups.first(where: { $0.name == group }) else {
            look.open.append("\(group) has not started")
            return
        }
        if state.lastDelivered != newest || state.pending > 0 {
            look.open.append("\(group) on \(stream)")
        }
    }

    private func readFences(
        _ readers: StreamReaders, _ answers: [Answer], _ look: inout Settling.Look
    ) {
        guard case .newest(let newest)? = answers.first else { return }
        look.newest.append(newest)
        guard newest > .zero else { return }
        for (follower, answer) in zip(readers.followers, answers.dropFirst()) {
            guard case .fields(let fields) = answer else { continue }
            let cursor = fields[CursorMove.field(of: readers.stream)].flatMap { EntryID(text: $0) }
            if cursor != newest { look.open.append("\(follower.name) on \(readers.stream)") }
        }
    }
}
