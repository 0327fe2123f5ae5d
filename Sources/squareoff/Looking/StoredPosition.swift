import MessageBus
import Redis
import Trading

/// A position's hash as it stands, readable or not: a person who looks for trouble must see both.
struct StoredPosition {
    let id: PositionID
    let shard: Int
    let fields: Fields
    /// Nil for a hash that no worker could read either.
    let tracker: PositionTracker?

    init(_ id: PositionID, shard: Int, _ fields: Fields) {
        self.id = id
        self.shard = shard
        self.fields = fields
        tracker = try? PositionTracker(fields, id: id)
    }

    /// Nothing is left to do. An unreadable one is never taken for closed.
    var isClosed: Bool {
        guard let tracker else { return false }
        return tracker.status.isClosed && tracker.remaining <= .zero
    }

    var problem: String? {
        guard !fields.isEmpty else { return "no hash" }
        do throws(FieldError) {
            _ = try PositionTracker(fields, id: id)
            return nil
        } catch {
            return error.description
        }
    }

    /// Net profit or loss; of an open one at the last price that its risk manager has seen.
    var net: Money? {
        guard let tracker else { return nil }
        if tracker.remaining <= .zero { return tracker.net }
        return tracker.watch.ltp.map { tracker.net + $0 * tracker.remaining }
    }

    /// `35/70`: units held, of units ordered.
    var held: String? { tracker.map { "\($0.remaining.text)/\($0.quantity.text)" } }
}

extension Lookout {
    /// In the order in which they were created.
    func positions() throws(RedisError) -> [StoredPosition] {
        var found: [StoredPosition] = []
        for shard in shards {
            let ids = try names(.positions(shard)).map { PositionID($0) }
            let hashes = try hashes(ids.map { Keys.position(shard, $0) })
            // Empty: it expired in between.
            found += zip(ids, hashes).filter { !$0.1.isEmpty }.map {
                StoredPosition($0, shard: shard, $1)
            }
        }
        return found.sorted { ($0.created, $0.id.text) < ($1.created, $1.id.text) }
    }

    func position(_ id: PositionID) throws(RedisError) -> StoredPosition? {
        for shard in shards {
            let fields = try hash(Keys.position(shard, id))
            if !fields.isEmpty { return StoredPosition(id, shard: shard, fields) }
        }
        return nil
    }
}

extension StoredPosition {
    fileprivate var created: Int { fields[Field.createdAt].flatMap { Int($0) } ?? 0 }
}
