import Trading

/// A stream and its groups, as Redis keeps them. A class, so that appending to one of many in a
/// dictionary copies nothing.
final class StreamLog {
    private(set) var entries: [Entry] = []
    private(set) var newest = EntryID.zero
    var groups: [String: Group] = [:]

    struct Group {
        var lastDelivered = EntryID.zero
        var pending: [EntryID: Pending] = [:]
        /// All that ever had an entry, until they are forgotten.
        var consumers: Set<String> = []
    }

    struct Pending {
        var consumer: String
        var deliveredAt: Int
        var deliveries: Int
    }

    var copy: StreamLog {
        let copy = StreamLog()
        (copy.entries, copy.newest, copy.groups) = (entries, newest, groups)
        return copy
    }

    /// A time before the newest entry's is raised to it.
    func append(_ fields: Fields, milliseconds: Int) {
        let isLater = milliseconds > newest.milliseconds
        newest =
            isLater
            ? EntryID(milliseconds, 0) : EntryID(newest.milliseconds, newest.sequence + 1)
        entries.append(Entry(id: newest, fields: fields))
    }

    func entries(after id: EntryID, limit: Int) -> ArraySlice<Entry> {
        entries[firstIndex { id < $0 }...].prefix(limit)
    }

    func entries(from id: EntryID, limit: Int) -> ArraySlice<Entry> {
        entries[firstIndex { id <= $0 }...].prefix(limit)
    }

    func entry(_ id: EntryID) -> Entry? {
        entries(from: id, limit: 1).first { $0.id == id }
    }

    /// Drops everything below `id`, delivered or not, and returns how many that were.
    @discardableResult
    func trim(below id: EntryID) -> Int {
        let count = firstIndex { id <= $0 }
        entries.removeFirst(count)
        return count
    }

    /// The first entry whose id fits; ids only rise.
    private func firstIndex(_ fits: (EntryID) -> Bool) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if fits(entries[middle].id) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension StreamLog {
    /// New entries for a consumer, which has them pending from now on.
    func deliver(_ group: String, to consumer: String, limit: Int, at time: Int) -> [Entry] {
        guard let state = groups[group] else { return [] }
        let found = Array(entries(after: state.lastDelivered, limit: limit))
        for entry in found {
            groups[group]?.pending[entry.id] = Pending(
                consumer: consumer, deliveredAt: time, deliveries: 1)
        }
        if let last = found.last {
            groups[group]?.lastDelivered = last.id
            groups[group]?.consumers.insert(consumer)
        }
        return found
    }

    /// The consumer's first pending entry behind an id; its fields are gone if it was trimmed.
    func own(_ group: String, of consumer: String, after id: EntryID) -> (EntryID, Fields?)? {
        let found = pending(group, of: consumer).first { $0 > id }
        return found.map { ($0, entry($0)?.fields) }
    }

    func pending(_ group: String, of consumer: String? = nil) -> [EntryID] {
        (groups[group]?.pending ?? [:])
            .filter { consumer == nil || $0.value.consumer == consumer }.keys.sorted()
    }

    /// What the group was not given yet, and what is pending; at most `limit`.
    func backlog(_ group: String, limit: Int) -> Int {
        let state = groups[group] ?? Group()
        let unread = entries(after: state.lastDelivered, limit: limit).count
        return min(state.pending.count + unread, limit)
    }

    func isPending(_ id: EntryID, _ group: String, for consumer: String) -> Bool {
        groups[group]?.pending[id]?.consumer == consumer
    }

    func settle(_ id: EntryID, _ group: String) { groups[group]?.pending[id] = nil }

    /// Moves a pending entry to another consumer, unless its content is gone: it then stays
    /// where it is.
    func claim(_ id: EntryID, _ group: String, for consumer: String, at time: Int) -> Bool {
        guard let old = groups[group]?.pending[id], entry(id) != nil else { return false }
        groups[group]?.pending[id] = Pending(
            consumer: consumer, deliveredAt: time, deliveries: old.deliveries + 1)
        groups[group]?.consumers.insert(consumer)
        return true
    }
}
