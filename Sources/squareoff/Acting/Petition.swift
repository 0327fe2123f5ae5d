import MessageBus
import Trading

/// What a person may ask of the pipeline. It asks as the stages do, by entries and hashes in
/// Redis, and does nothing by itself: without workers, nothing happens.
struct Petition {
    let session: any BusSession
    /// `person:<user>`
    let who: String

    /// A position may change under the question a few times.
    private static let attempts = 5

    /// Asks for the exit of an open position.
    func exit(
        _ stored: StoredPosition, reason: ExitReason, evidence: String
    ) throws -> ExitRequest {
        let key = Keys.position(stored.shard, stored.id)
        for _ in 0..<Self.attempts {
            let loaded = try session.load([.hash(key)])
            guard case .fields(let fields)? = loaded.answers.first, !fields.isEmpty else {
                throw LookingError.unknownPosition(stored.id)
            }
            let current = StoredPosition(stored.id, shard: stored.shard, fields)
            if current.isClosed { throw PetitionError.closed(stored.id, fields) }
            guard let account = fields[.account], let status = fields[.status] else {
                throw PetitionError.unreadable(stored.id, current.problem ?? "")
            }
            let request = ExitRequest(
                position: stored.id, account: AccountID(account), reason: reason,
                evidence: evidence, askedBy: who, at: loaded.now)
            let change = Change(
                guards: [.field(key, Field.status.rawValue, is: status)],
                writes: [.append(Keys.exits(stored.shard), request.fields)])
            if try commit(change, in: .shard(stored.shard)) { return request }
        }
        throw PetitionError.busy
    }

    /// Stops entries; exits go on.
    func halt(_ scope: Halts.Scope, _ reason: String) throws {
        try set([Halts.haltField(scope): reason])
    }

    /// Stops entries, and lets the risk managers close everything of this scope.
    func flatten(_ scope: Halts.Scope, _ reason: String) throws {
        try set([Halts.haltField(scope): reason, Halts.flattenField(scope): reason])
    }

    /// - Returns: what stood there, and what still stands for other scopes.
    func resume(_ scope: Halts.Scope) throws -> (removed: Fields, left: Fields) {
        guard case .fields(let fields)? = try session.load([.hash(Keys.halt)]).answers.first else {
            return (Fields(), Fields())
        }
        let names = [Halts.haltField(scope), Halts.flattenField(scope)]
        let removed = fields.pairs.filter { names.contains($0.name) }
        let left = fields.pairs.filter { !names.contains($0.name) }
        if !removed.isEmpty {
            let write = Write.remove(Keys.halt, fields: removed.map(\.name))
            _ = try commit(Change(writes: [write]), in: .bus)
        }
        return (Fields(removed), Fields(left))
    }

    private func set(_ fields: Fields) throws {
        guard try commit(Change(writes: [.set(Keys.halt, fields)]), in: .bus) else {
            throw PetitionError.busy
        }
    }

    private func commit(_ change: Change, in slot: Slot) throws -> Bool {
        let verdicts = try session.commit([Commit(slot: slot, owner: .anyone, changes: [change])])
        return verdicts.first?.first == .applied
    }
}

/// Why nothing was asked.
enum PetitionError: Error, CustomStringConvertible {
    case closed(PositionID, Fields)
    case unreadable(PositionID, String)
    case busy
    case bus(BusError)

    var description: String {
        switch self {
        case .closed(let id, let fields):
            "position \(id) is closed already: \(fields[.status] ?? "?")"
                + (fields.time(.closedAt).map { " at \($0)" } ?? "")
        case .unreadable(let id, let problem): "position \(id) cannot be read: \(problem)"
        case .busy: "the state changed again and again meanwhile; ask again"
        case .bus(.retry(let reason)): "Redis is not available, nothing was asked: \(reason)"
        case .bus(.refused(let reason)), .bus(.denied(let reason)): "Redis refused: \(reason)"
        case .bus(.unknown(let reason)):
            "no answer from Redis (\(reason)): ask again, which does no harm"
        }
    }
}
