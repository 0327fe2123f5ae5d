import Redis
package import Trading

/// Claims, leases, fences and heartbeats: rare calls, one function each.
extension RedisSession {
    static let page = 100

    package func claim(
        _ stream: Key, group: String, consumer: String, isDead: (String) -> Bool
    ) throws(BusError) -> Claimed {
        if let late {
            self.late = nil
            throw late
        }
        var claimed = Claimed()
        do throws(BusError) {
            for owner in try consumers(stream, group)
            where owner.pending > 0 && owner.name != consumer && isDead(owner.name) {
                let (ids, trimmed) = try claim(stream, group, consumer, from: owner.name)
                claimed.count += ids.count
                if !trimmed.isEmpty { claimed.trimmed[owner.name] = trimmed }
                guard let own = self.group, own.group == group, own.consumer == consumer else {
                    continue
                }
                self.group?.add(claimed: ids, of: stream)
            }
        } catch {
            reset(after: error)
            throw error
        }
        return claimed
    }

    /// The group's consumers, and how many entries each has pending.
    func consumers(
        _ stream: Key, _ group: String
    ) throws(BusError) -> [(name: String, pending: Int)] {
        let connection = try link.ready()
        return try translated { () throws(RedisError) in
            let query = Query.owners(stream, group: group).command(link.library)
            return try Query.consumers(connection.pipeline([query]).at(0))
        }
    }

    private func claim(
        _ stream: Key, _ group: String, _ consumer: String, from dead: String
    ) throws(BusError) -> (taken: [EntryID], trimmed: [EntryID]) {
        var (taken, trimmed): ([EntryID], [EntryID]) = ([], [])
        var from = "-"
        while true {
            let reply = try run(
                .claim, stream, [group, consumer, dead, from, String(Self.page)])
            let (seen, last) = try translated { () throws(RedisError) in
                let parts = try reply.asArray
                for id in try parts.at(2).asArray { taken.append(try Replies.id(id)) }
                for id in try parts.at(3).asArray { trimmed.append(try Replies.id(id)) }
                return (try parts.at(0).asInteger, try parts.at(1).asString)
            }
            if seen < Self.page { return (taken, trimmed) }
            from = "(\(last)"
        }
    }

    package func lease(_ key: Key, holder: String, life: Span) throws(BusError) -> Bool {
        let reply = try guarded { () throws(BusError) in
            try run(.lease, key, [holder, String(life.milliseconds)])
        }
        return reply == .integer(1)
    }

    package func release(_ key: Key, holder: String) throws(BusError) {
        _ = try guarded { () throws(BusError) in try run(.release, key, [holder]) }
    }

    package func raise(_ fence: Key) throws(BusError) -> Fence {
        let reply = try guarded { () throws(BusError) in try run(.raise, fence, []) }
        let fields = try translated { () throws(RedisError) in try Replies.fields(reply) }
        var cursors: [String: EntryID] = [:]
        for pair in fields.pairs { cursors[pair.name] = EntryID(text: pair.value) }
        return Fence(epoch: fields[Fence.epochField].flatMap { Int($0) } ?? 0, cursors: cursors)
    }

    package func beat(_ key: Key, _ fields: Fields, life: Span) throws(BusError) {
        var words = [String(life.milliseconds)]
        for pair in fields.pairs { words += [pair.name, pair.value] }
        _ = try guarded { () throws(BusError) in try run(.beat, key, words) }
    }

    func run(
        _ function: ServerFunction, _ key: Key, fences: [Key] = [], _ words: [String]
    ) throws(BusError) -> RedisValue {
        let command = RedisCommand(
            "FCALL", link.library.name(of: function), 1 + fences.count, key.text,
            fences.map(\.text), words)
        var connection = try link.ready()
        var reply = try translated { () throws(RedisError) in try connection.pipeline([command]) }
        if reply.contains(where: \.isMissingFunction) {
            try link.reinstall()
            connection = try link.ready()
            reply = try translated { () throws(RedisError) in try connection.pipeline([command]) }
        }
        return try translated { () throws(RedisError) in try reply.at(0).orThrow() }
    }
}
