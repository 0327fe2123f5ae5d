import MessageBus
import Stages
import Trading
import Workers

/// What the sessions tell of their calls.
extension World {
    func saw(_ commits: [Commit], _ verdicts: [[CommitVerdict]], by life: Life) {
        for (commit, results) in zip(commits, verdicts) {
            for (change, verdict) in zip(commit.changes, results) {
                saw(change, verdict, by: life)
            }
        }
    }

    private func saw(_ change: Change, _ verdict: CommitVerdict, by life: Life) {
        guard verdict == .applied else {
            story.tell(life.name, "commit is \(verdict): \(change.summary)")
            return
        }
        if change.acknowledges != nil || !change.writes.isEmpty {
            story.tell(life.name, "commits \(change.summary)")
        }
        wrote(change.writes)
        guard let entry = change.acknowledges else { return }
        if let owner = owners.removeValue(forKey: entry), owner != life.name {
            broken("P5: \(life.name) has settled \(entry.stream.name) \(entry.id.text) of \(owner)")
        }
        guard let fields = inHand[life.name]?.removeValue(forKey: entry)
        else { return }
        promises.acknowledged(entry, fields)
    }

    /// A call with these commits failed: they may have been carried out.
    func suspect(_ commits: [Commit], by life: Life, _ error: BusError) {
        for change in commits.flatMap(\.changes) { wrote(change.writes) }
    }

    func wrote(_ writes: [Write]) {
        promises.wrote(writes)
        for case .append(let stream, _, _) in writes {
            guard let stages = readers[stream] else { continue }
            for member in members where stages.contains(member.post.stage) {
                member.life.hasNews = true
            }
        }
    }

    func read(_ deliveries: [Delivery], by life: Life) {
        if !deliveries.isEmpty { life.hasNews = true }
        for delivery in deliveries {
            guard let fields = delivery.fields else {
                story.tell(life.name, "reads \(delivery.stream.name) \(delivery.id.text), trimmed")
                continue
            }
            // Everybody follows the ticks and positions; only what is handed out is somebody's.
            if group(of: delivery.stream) != nil {
                let entry = Acknowledgement(delivery.stream, delivery.id)
                inHand[life.name]?[entry] = fields
                owners[entry] = life.name
                story.tell(
                    life.name,
                    "reads \(delivery.stream.name) \(delivery.id.text)"
                        + (delivery.isRedelivered ? " again" : ""))
            }
        }
    }

    func claimed(_ count: Int, _ stream: Key, by life: Life) throws(BusError) {
        guard count > 0, let group = group(of: stream) else { return }
        let answers = try session.load([.pending(stream, group: group, limit: 10_000)]).answers
        if case .pending(let rows)? = answers.first {
            for row in rows { owners[Acknowledgement(stream, row.id)] = row.consumer }
        }
        life.hasNews = true
        story.tell(life.name, "claims \(count) entries of \(stream.name) from the dead")
    }

    /// P4: nothing goes that somebody still has to read.
    func watchCut(
        of stream: Key, by life: Life, _ cut: () throws(BusError) -> Int
    ) throws(BusError) -> Int {
        let needed = try firstNeeded(of: stream)
        let count = try cut()
        guard count > 0 else { return count }
        story.tell(life.name, "cuts \(count) entries of \(stream.name)")
        guard let needed, try oldest(stream) > needed else { return count }
        broken("P4: \(stream.name) \(needed.text) was cut and somebody still had to read it")
        return count
    }

    private func oldest(_ stream: Key) throws(BusError) -> EntryID {
        guard
            case .entries(let first)? = try session.load([
                .range(stream, from: .zero, limit: 1)
            ]).answers.first
        else { return .zero }
        return first.first?.id ?? EntryID(.max, .max)
    }

    /// The first entry that a group was not given or has pending, or that lies before a follower.
    private func firstNeeded(of stream: Key) throws(BusError) -> EntryID? {
        guard let readers = streamReaders.first(where: { $0.stream == stream }) else {
            return nil
        }
        var needed: [EntryID] = []
        for group in readers.groups {
            if let first = try waiting(stream, of: group, session).first { needed.append(first.id) }
        }
        for follower in readers.followers {
            guard
                case .fields(let fence)? = try session.load([.hash(follower.fence)]).answers.first
            else { continue }
            let cursor = fence[CursorMove.field(of: stream)].flatMap { EntryID(text: $0) } ?? .zero
            guard
                case .entries(let entries)? = try session.load([
                    .range(
                        stream, from: EntryID(cursor.milliseconds, cursor.sequence + 1), limit: 1)
                ]).answers.first
            else { continue }
            if let first = entries.first { needed.append(first.id) }
        }
        return needed.min()
    }

    /// What a group has still to do, oldest first: unread and pending entries.
    func waiting(
        _ stream: Key, of group: String, _ session: any BusSession
    ) throws(BusError) -> [Entry] {
        let answers = try session.load([
            .groups(stream), .pending(stream, group: group, limit: 10_000),
            .range(stream, from: .zero, limit: 10_000),
        ]).answers
        guard case .groups(let groups) = answers[0], case .pending(let pending) = answers[1],
            case .entries(let entries) = answers[2]
        else { return [] }
        let delivered = groups.first { $0.name == group }?.lastDelivered ?? .zero
        let open = Set(pending.map(\.id))
        return entries.filter { $0.id > delivered || open.contains($0.id) }
    }
}

extension Change {
    var summary: String {
        let entry = acknowledges.map { ["of \($0.stream.name) \($0.id.text)"] } ?? []
        let parts = entry + writes.compactMap(\.summary)
        return parts.isEmpty ? "nothing" : parts.joined(separator: "; ")
    }
}

extension Write {
    /// Nil for what tells a reader nothing.
    fileprivate var summary: String? {
        switch self {
        case .append(let key, let fields, _): "sends \(key.name) \(Self.words(fields))"
        case .set(let key, let fields): "\(key.name) \(Self.words(fields))"
        case .remove(let key, let names): "\(key.name) without \(names.joined(separator: " "))"
        case .add(let key, let field, let amount): "\(key.name) \(field)+\(amount)"
        case .addMember(let key, let member): "\(key.name) + \(member)"
        case .removeMember(let key, let member): "\(key.name) - \(member)"
        case .schedule(let key, let member, let at): "\(key.name) \(member) at \(at)"
        case .unschedule(let key, let member): "\(key.name) \(member) no more"
        case .setText(let key, let text, _), .setTextIfAbsent(let key, let text, _):
            "\(key.name) '\(text)'"
        case .push(let key, _): "\(key.name) waits"
        case .delete(let key): "deletes \(key.name)"
        case .expire: nil
        }
    }

    private static let told: Set<String> = [
        "status", "order", "position", "action", "attempt", "number", "filled", "reason", "source",
        "entry_quantity", "exit_quantity", "exit_attempt", "exit_reason", "message", "nonce",
        "looks", "error",
    ]

    private static func words(_ fields: Fields) -> String {
        fields.pairs.filter { told.contains($0.name) }.map { "\($0.name)=\($0.value)" }
            .joined(separator: " ")
    }
}
