import MessageBus
import Trading

/// What became of each query of a load by itself.
struct Findings {
    var now: EventTime
    var wall: EventTime
    var answers: [Result<Answer, Unreadable>]
}

/// A key that could not be read. Never taken for one that is not there.
struct Unreadable: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }
}

extension BusSession {
    /// Loads all at once, and one by one where the server refuses one of them: a key of a wrong
    /// type must not hide the others.
    func loadEach(_ queries: [Query]) throws(BusError) -> Findings {
        do throws(BusError) {
            let loaded = try load(queries)
            return Findings(
                now: loaded.now, wall: loaded.wall, answers: loaded.answers.map { .success($0) })
        } catch {
            guard case .refused = error else { throw error }
        }
        let clock = try load([])
        var found = Findings(now: clock.now, wall: clock.wall, answers: [])
        for query in queries {
            do throws(BusError) {
                found.answers += try load([query]).answers.map { .success($0) }
            } catch {
                guard case .refused(let reason) = error else { throw error }
                found.answers.append(.failure(Unreadable(reason: reason)))
            }
        }
        return found
    }
}
