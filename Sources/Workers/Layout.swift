package import MessageBus
import Trading

/// How many shards and partitions there are: fixed when the bus is first used, because a worker
/// that counts otherwise would look for an account's keys in another place.
package enum Layout {
    /// - Returns: nil, or in what this worker disagrees with the bus. It must then not start.
    package static func disagreement(
        _ desk: Desk, _ session: any BusSession
    ) throws(BusError) -> String? {
        let own = Fields([
            Fields.Pair(name: "shards", value: String(desk.keys.shards)),
            Fields.Pair(name: "partitions", value: String(desk.keys.partitions)),
        ])
        _ = try session.commit([
            Commit(
                slot: .bus, owner: .anyone,
                changes: [
                    Change(guards: [.absent(Keys.layout)], writes: [.set(Keys.layout, own)])
                ])
        ])
        guard case .fields(let stored)? = try session.load([.hash(Keys.layout)]).answers.first
        else { return nil }
        let differing = own.pairs.filter { stored[$0.name] != $0.value }
        guard differing.isEmpty else {
            return differing.map { own in
                let kept = stored[own.name] ?? "unset"
                return "bus.\(own.name) is \(own.value) here and \(kept) in \(Keys.layout)"
            }.joined(separator: ", ")
        }
        var problems = try Venues.problems(desk, stored: stored, session)
        if problems.isEmpty { problems = try Roster.problems(desk, stored: stored, session) }
        return problems.isEmpty ? nil : problems.joined(separator: "; ")
    }

    /// Sets a field that nobody has changed since it was read.
    static func change(_ field: String, _ stored: Fields, to value: String) -> Change {
        let unchanged = stored[field].map { Guard.field(Keys.layout, field, is: $0) }
        return Change(
            guards: [unchanged ?? .fieldAbsent(Keys.layout, field)],
            writes: [.set(Keys.layout, Fields([.init(name: field, value: value)]))])
    }
}
