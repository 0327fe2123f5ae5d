import Trading

/// The functions `cut` and `forget` of the server's library, in Swift.
extension MemorySession {
    func cut(_ stream: Key, _ cut: Cut) throws(BusError) -> Int {
        cut.requireFences(in: stream.slot)
        return try guarded { store throws(WrongType) in
            guard let log = try store.stream(stream),
                cut.groups.allSatisfy({ log.groups[$0] != nil })
            else { return 0 }
            let newest = log.newest.milliseconds
            let now =
                switch cut.age {
                case .server: store.wall
                case .stream: newest
                case .earlier: min(store.wall, newest)
                }
            let oldest = EntryID(max(0, now - cut.keep.milliseconds), 0)
            var needed = [log.newest, oldest] + log.needed
            for fence in cut.fences {
                let text = try store.hash(fence)?[CursorMove.field(of: stream)]
                guard let cursor = text.flatMap({ EntryID(text: $0) }) else { return 0 }
                needed.append(cursor)
            }
            if let floor = cut.floor { needed.append(floor) }
            return needed.min().map { log.trim(below: $0) } ?? 0
        }
    }

    func forget(
        _ stream: Key, group: String, isGone: (String) -> Bool
    ) throws(BusError) -> Int {
        try guarded { store throws(WrongType) in
            guard let log = try store.stream(stream), let state = log.groups[group] else {
                return 0
            }
            let busy = Set(state.pending.values.map(\.consumer))
            let gone = state.consumers.filter { !busy.contains($0) && isGone($0) }
            log.groups[group]?.consumers.subtract(gone)
            return gone.count
        }
    }
}

extension StreamLog {
    /// For each group, the last entry that it was given, and the first that is still pending.
    fileprivate var needed: [EntryID] {
        groups.values.flatMap { group in
            [group.lastDelivered] + [group.pending.keys.min()].compactMap(\.self)
        }
    }
}
