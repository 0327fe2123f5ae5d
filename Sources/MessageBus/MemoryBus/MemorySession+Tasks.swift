import Trading

/// Claims, leases, fences and heartbeats, as the server's functions have them.
extension MemorySession {
    func claim(
        _ stream: Key, group: String, consumer: String, isDead: (String) -> Bool
    ) throws(BusError) -> Claimed {
        let (ids, trimmed) = try guarded {
            store throws(WrongType) -> ([EntryID], [String: [EntryID]]) in
            guard let log = try store.stream(stream) else { return ([], [:]) }
            let owners = log.groups[group]?.pending.mapValues(\.consumer) ?? [:]
            // Asked once each.
            let dead = Set(owners.values).subtracting([consumer]).filter(isDead)
            var (ids, trimmed): ([EntryID], [String: [EntryID]]) = ([], [:])
            for id in log.pending(group) {
                guard let owner = owners[id], dead.contains(owner) else { continue }
                if log.claim(id, group, for: consumer, at: store.wall) {
                    ids.append(id)
                } else {
                    trimmed[owner, default: []].append(id)
                }
            }
            return (ids, trimmed)
        }
        self.group?.add(claimed: ids, of: stream, group, consumer)
        var claimed = Claimed()
        claimed.count = ids.count
        claimed.trimmed = trimmed
        return claimed
    }

    func lease(_ key: Key, holder: String, life: Span) throws(BusError) -> Bool {
        try guarded { store throws(WrongType) in
            if let other = try store.text(key), other != holder { return false }
            store.putText(key, holder, life: life)
            return true
        }
    }

    func release(_ key: Key, holder: String) throws(BusError) {
        try guarded { store throws(WrongType) in
            if try store.text(key) == holder { store.remove(key) }
        }
    }

    func raise(_ fence: Key) throws(BusError) -> Fence {
        try guarded { store throws(WrongType) in
            let table = try store.hash(fence) ?? HashTable()
            let epoch = max(Fence(table.fields).epoch + 1, store.wall)
            table[Fence.epochField] = String(epoch)
            store.put(fence, .hash(table))
            return Fence(table.fields)
        }
    }

    func beat(_ key: Key, _ fields: Fields, life: Span) throws(BusError) {
        try guarded { store throws(WrongType) in
            let table = HashTable()
            for pair in fields.pairs { table[pair.name] = pair.value }
            store.remove(key)
            store.put(key, .hash(table))
            store.expire(key, after: life)
        }
    }
}
