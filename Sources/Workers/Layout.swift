package import MessageBus
import Trading

/// How many shards and partitions there are: fixed when the bus is first used, because a worker
/// that counts otherwise would look for an account's keys in another place.
package enum Layout {
    /// Why a process does not start.
    struct Obstacle {
        var text: String
        /// It is somebody at work, who may have died a moment ago.
        var isPassing = false
    }

    /// By then the heartbeats of the dead are over.
    private static let looksAgain = Pulse.life.milliseconds / Pulse.period.milliseconds + 2

    /// - Returns: nil, or in what this worker disagrees with the bus. It must then not start.
    package static func disagreement(
        _ desk: Desk, _ session: any BusSession
    ) throws(BusError) -> String? {
        let own = spread(desk)
        _ = try session.commit([
            Commit(
                slot: .bus, owner: .anyone,
                changes: [
                    Change(guards: [.absent(Keys.layout)], writes: [.set(Keys.layout, own)])
                ])
        ])
        var found = try obstacles(desk, session)
        for _ in 0..<looksAgain where !found.isEmpty && found.allSatisfy(\.isPassing) {
            _ = try session.turn(committing: [], count: 1, block: Pulse.period)
            found = try obstacles(desk, session)
        }
        return found.isEmpty ? nil : found.map(\.text).joined(separator: "; ")
    }

    private static func obstacles(
        _ desk: Desk, _ session: any BusSession
    ) throws(BusError) -> [Obstacle] {
        guard case .fields(let stored)? = try session.load([.hash(Keys.layout)]).answers.first
        else { return [] }
        let differing = spread(desk).pairs.filter { stored[$0.name] != $0.value }
        guard differing.isEmpty else {
            return differing.map { own in
                let kept = stored[own.name] ?? "unset"
                return Obstacle(
                    text: "bus.\(own.name) is \(own.value) here and \(kept) in \(Keys.layout)")
            }
        }
        let moved = try Venues.obstacles(desk, stored: stored, session)
        return try moved.isEmpty ? Roster.obstacles(desk, stored: stored, session) : moved
    }

    private static func spread(_ desk: Desk) -> Fields {
        [
            "shards": String(desk.keys.shards),
            "partitions": String(desk.keys.partitions),
        ]
    }

    /// Writes down again what the server has lost; nil where it has lost nothing.
    static func mending(_ desk: Desk, _ stored: Fields) -> Change? {
        let roster = Fields.Pair(name: Roster.field, value: Roster.text(of: desk))
        let lost = (spread(desk).pairs + [roster]).filter { stored[$0.name] == nil }
        guard !lost.isEmpty else { return nil }
        return Change(
            guards: lost.map { .fieldAbsent(Keys.layout, $0.name) },
            writes: [.set(Keys.layout, Fields(lost))])
    }

    /// Sets a field that nobody has changed since it was read.
    static func change(_ field: String, _ stored: Fields, to value: String) -> Change {
        let unchanged = stored[field].map { Guard.field(Keys.layout, field, is: $0) }
        return Change(
            guards: [unchanged ?? .fieldAbsent(Keys.layout, field)],
            writes: [.set(Keys.layout, Fields([.init(name: field, value: value)]))])
    }
}
