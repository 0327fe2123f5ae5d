import MessageBus
import Trading

extension BusSession {
    /// Takes over what dead workers have pending.
    func claimFromDead(
        _ stream: Key, group: String, consumer: String, _ judge: inout Judge
    ) throws(BusError) -> Claimed {
        guard
            case .texts(let owners)? = try load([.owners(stream, group: group)]).answers.first
        else { return Claimed() }
        let others = owners.filter { $0 != consumer }
        guard !others.isEmpty else { return Claimed() }
        let beats = try loadEach(others.map { .hash(Keys.worker($0)) })
        var dead: Set<String> = []
        for (name, answer) in zip(others, beats.answers) {
            guard case .success(.fields(let fields)) = answer else { continue }
            if judge.isDead(name, fields, now: steady) { dead.insert(name) }
        }
        guard !dead.isEmpty else { return Claimed() }
        return try claim(stream, group: group, consumer: consumer) { dead.contains($0) }
    }
}

/// Who is dead: whose heartbeat has expired, or whose loop has not turned for long while another
/// thread kept the heartbeat up.
///
/// A loop that hangs is told by its counter, which stands still while the judge's own clock runs.
/// Times that other machines have written are not compared with anything: their clocks may be
/// wrong, and a worker with a slow clock would look dead, one with a fast clock alive for ever.
struct Judge {
    private var sightings: [String: (loop: [String?], since: EventTime)] = [:]

    /// - Parameter now: of the steady clock.
    mutating func isDead(_ worker: String, _ beat: Fields, now: EventTime) -> Bool {
        guard !beat.isEmpty else { return true }
        // Of one life of the worker: a new one begins to count again.
        let loop = [Field.process, .startedAt, .turns].map { beat[$0.rawValue] }
        guard let seen = sightings[worker], seen.loop == loop else {
            sightings[worker] = (loop, now)
            return false
        }
        return now - seen.since >= Pulse.longestTurn
    }
}
