import MessageBus
import Settings
import Stages
import Trading
import Workers

/// Switches one safety off, from outside: it changes what goes to the bus, and the product knows
/// nothing of it.
struct Saboteur {
    private let sabotage: Sabotage
    private unowned let world: World

    init(_ sabotage: Sabotage, _ world: World) {
        self.sabotage = sabotage
        self.world = world
    }

    /// The commits as they are sent instead.
    func distort(_ commits: [Commit]) -> [Commit] {
        commits.map { commit in
            var commit = commit
            for index in commit.changes.indices { distort(&commit.changes[index]) }
            if sabotage == .ownership, case .consumer = commit.owner { commit.owner = .anyone }
            return commit
        }
    }

    private func distort(_ change: inout Change) {
        switch sabotage {
        case .ownership: change.acknowledges = nil
        case .rev: dropRev(&change)
        case .ackEarly: change.acknowledges = nil
        case .lock: change.writes.removeAll { $0.takesLock(of: world.promises) }
        case .monotonic: lastWins(&change)
        case .lookup, .trim: break
        }
    }

    private func dropRev(_ change: inout Change) {
        change.guards.removeAll { condition in
            guard case .field(_, let field, _) = condition else { return false }
            return field == Field.rev.rawValue
        }
    }

    /// The order is what its last message says.
    private func lastWins(_ change: inout Change) {
        guard let entry = change.acknowledges, entry.stream == Keys.orderUpdates(0),
            let fields = world.entry(entry), let update = try? OrderUpdate(fields),
            update.filled != nil
        else { return }
        var said = Fields()
        said.put(.filled, update.filled)
        said.put(.value, update.value)
        change.writes.append(.set(Keys.order(0, update.order), said))
    }

    /// Settles in whoever's name it is what the commit has taken out of the worker's hands.
    func committed(
        _ commits: [Commit], _ verdicts: [[CommitVerdict]], by life: Life,
        _ inner: any BusSession
    ) throws(BusError) {
        guard sabotage == .ownership else { return }
        for (commit, results) in zip(commits, verdicts) {
            guard case .consumer(let group, _) = commit.owner else { continue }
            for (change, verdict) in zip(commit.changes, results) where verdict == .applied {
                if let entry = change.acknowledges { try settle(entry, group, by: life, inner) }
            }
        }
    }

    private func settle(
        _ entry: Acknowledgement, _ group: String, by life: Life, _ inner: any BusSession
    ) throws(BusError) {
        let pending = try inner.load([.pending(entry.stream, group: group, limit: 10_000)])
        guard case .pending(let rows)? = pending.answers.first,
            let owner = rows.first(where: { $0.id == entry.id })?.consumer
        else { return }
        try acknowledge(entry, .consumer(group: group, name: owner), by: life, inner)
    }

    private func acknowledge(
        _ entry: Acknowledgement, _ owner: Owner, by life: Life, _ inner: any BusSession
    ) throws(BusError) {
        let commit = Commit(
            slot: entry.stream.slot, owner: owner, changes: [Change(acknowledges: entry)])
        world.saw([commit], try inner.commit([commit]), by: life)
    }

    /// What was read is acknowledged, before anything has come of it.
    func read(
        _ deliveries: [Delivery], by life: Life, _ inner: any BusSession
    ) throws(BusError) {
        guard sabotage == .ackEarly else { return }
        for delivery in deliveries {
            guard let group = world.group(of: delivery.stream) else { continue }
            try acknowledge(
                Acknowledgement(delivery.stream, delivery.id),
                .consumer(group: group, name: life.name), by: life, inner)
        }
    }

    /// Nil where cuts are as they should be.
    func cut(_ stream: Key) throws(BusError) -> Int? {
        guard sabotage == .trim else { return nil }
        let answers = try world.session.load([.newest(stream), .count(stream)]).answers
        guard case .newest(let newest) = answers[0], case .number(let count?) = answers[1] else {
            return nil
        }
        let age = world.desk.retention.streams.milliseconds
        world.bus.trim(
            stream, below: min(newest, EntryID(max(0, world.now.milliseconds - age), 0)))
        guard case .number(let left?)? = try world.session.load([.count(stream)]).answers.first
        else { return nil }
        return count - left
    }
}

extension World {
    /// What an entry says that somebody has in hand.
    func entry(_ id: Acknowledgement) -> Fields? {
        for member in members {
            if let fields = inHand[member.life.name]?[id] { return fields }
        }
        return nil
    }

    func group(of stream: Key) -> String? { Self.groups.first { $0.0 == stream }?.1 }
}

extension Write {
    fileprivate func takesLock(of promises: Promises) -> Bool {
        switch self {
        case .setText(let key, _, _), .setTextIfAbsent(let key, _, _): promises.isLock(key)
        default: false
        }
    }
}
