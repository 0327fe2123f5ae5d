import MessageBus
import Trading

extension BusSession {
    /// Takes over what dead workers have pending.
    func claimFromDead(
        _ stream: Key, group: String, consumer: String
    ) throws(BusError) -> Int {
        guard
            case .pending(let pending)? = try load([
                .pending(stream, group: group, limit: 1_000)
            ]).answers.first
        else { return 0 }
        let others = Set(pending.map(\.consumer)).subtracting([consumer]).sorted()
        guard !others.isEmpty else { return 0 }
        let beats = try load(others.map { .hash(Keys.worker($0)) })
        var dead: Set<String> = []
        for (name, answer) in zip(others, beats.answers) {
            guard case .fields(let fields) = answer else { continue }
            if Pulse.isDead(fields, wall: beats.wall) { dead.insert(name) }
        }
        guard !dead.isEmpty else { return 0 }
        return try claim(stream, group: group, consumer: consumer) { dead.contains($0) }
    }
}
