import MessageBus
import Trading

/// Workers of all processes whose heartbeats stand.
enum LivingWorkers {
    private static let mostNames = 100_000

    /// The name of one of them.
    static func first(
        _ session: any BusSession, where isWanted: (_ name: String, _ beat: Fields) -> Bool
    ) throws(BusError) -> String? {
        let listed = try session.loadEach([.due(Keys.workers, limit: mostNames)]).answers
        guard case .success(.due(let workers))? = listed.first else { return nil }
        let names = workers.map(\.member)
        let beats = try session.loadEach(names.map { .hash(Keys.worker($0)) }).answers
        return zip(names, beats).first { name, beat in
            guard case .success(.fields(let fields)) = beat, !fields.isEmpty else { return false }
            return isWanted(name, fields)
        }?.0
    }
}
