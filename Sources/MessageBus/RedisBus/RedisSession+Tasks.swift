import Redis
package import Trading

/// Claims, leases, fences and heartbeats: rare calls, one function each.
extension RedisSession {
    package func claim(
        _ stream: Key, group: String, consumer: String, isDead: (String) -> Bool
    ) throws(BusError) -> Claimed {
        try guarded { () throws(BusError) in
            var claimed = Claimed()
            for owner in try consumers(stream, group)
            where owner.pending > 0 && owner.name != consumer && isDead(owner.name) {
                let (ids, trimmed) = try claim(stream, group, consumer, from: owner.name)
                self.group?.add(claimed: ids, of: stream, group, consumer)
                claimed.count += ids.count
                if !trimmed.isEmpty { claimed.trimmed[owner.name] = trimmed }
            }
            return claimed
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
        return Fence(fields)
    }

    package func beat(_ key: Key, _ fields: Fields, life: Span) throws(BusError) {
        var words = [String(life.milliseconds)]
        for pair in fields.pairs { words += [pair.name, pair.value] }
        _ = try guarded { () throws(BusError) in try run(.beat, key, words) }
    }
}

extension RedisSession {
    /// How many entries or consumers one call goes through: others wait for it meanwhile.
    static let page = 100

    /// Calls a function of the library; its first key is `key`.
    func run(
        _ function: ServerFunction, _ key: Key, fences: [Key] = [], _ words: [String]
    ) throws(BusError) -> RedisValue {
        let replies = try link.pipeline([
            RedisCommand(
                "FCALL", link.library.name(of: function), 1 + fences.count, key.text,
                fences.map(\.text), words)
        ])
        return try translated { () throws(RedisError) in try replies.at(0).orThrow() }
    }

    /// The group's consumers, and how many entries each has pending.
    func consumers(
        _ stream: Key, _ group: String
    ) throws(BusError) -> [(name: String, pending: Int)] {
        let replies = try link.pipeline([
            Query.owners(stream, group: group).command(link.library)
        ])
        return try translated { () throws(RedisError) in try Query.consumers(replies.at(0)) }
    }

    /// All of a dead consumer's entries, page by page.
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
}
