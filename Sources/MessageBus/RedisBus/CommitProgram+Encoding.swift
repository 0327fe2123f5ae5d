import Redis
import Trading

/// In the order in which the function reads: the owner; then of each change the entry that it
/// settles, its guards, its checks, its writes.
extension CommitProgram {
    mutating func encode(_ owner: Owner, _ changes: [Change]) {
        switch owner {
        case .anyone:
            precondition(changes.allSatisfy { $0.acknowledges == nil }, "no group to settle in")
            records.begin("o", place: 0, arguments: 0)
        case .consumer(let group, let name): encode(group, name, changes)
        case .holder(let fence, let epoch, let cursors):
            precondition(changes.allSatisfy { $0.acknowledges == nil }, "no group to settle in")
            records.begin("h", fence, arguments: 1 + 3 * cursors.count)
            records.arguments.append(String(epoch))
            for move in cursors {
                records.arguments.append([move.field, move.from.text, move.to.text])
            }
            needsMemory = true
        }
    }

    /// The range that the server looks through, for each stream of the batch.
    private mutating func encode(_ group: String, _ name: String, _ changes: [Change]) {
        var ranges: [(stream: Key, count: Int, low: EntryID, high: EntryID)] = []
        for change in changes {
            guard let entry = change.acknowledges else { continue }
            guard let index = ranges.firstIndex(where: { $0.stream == entry.stream }) else {
                ranges.append((entry.stream, 1, entry.id, entry.id))
                continue
            }
            ranges[index].count += 1
            ranges[index].low = min(ranges[index].low, entry.id)
            ranges[index].high = max(ranges[index].high, entry.id)
        }
        // A count of streams in the place of a key: nothing else of the group needs one.
        records.begin("g", place: ranges.count, arguments: 2)
        records.arguments.append([group, name])
        for range in ranges {
            records.begin("s", range.stream, arguments: 3)
            records.arguments.append([String(range.count), range.low.text, range.high.text])
        }
    }

    mutating func encode(_ change: Change) {
        if let entry = change.acknowledges {
            records.begin("c", entry.stream, arguments: 1)
            records.arguments.append(entry.id.text)
        } else {
            records.begin("c", place: 0, arguments: 0)
        }
        known.removeAll(keepingCapacity: true)
        for condition in change.guards { encode(condition) }
        var isFirst = true
        for write in change.writes where !write.isEmpty {
            check(write, isFirst: isFirst)
            isFirst = false
        }
        for write in change.writes where !write.isEmpty { encode(write) }
    }

    private mutating func encode(_ condition: Guard) {
        switch condition {
        case .absent(let key):
            records.add("A", key)
            let place = records.place(key)
            if !known.contains(where: { $0.place == place }) { known.append((place, nil)) }
        case .present(let key): records.add("P", key)
        case .field(let key, let field, let value):
            records.add("F", key, field, value)
            know(key, .hash)
        case .fieldAbsent(let key, let field):
            records.add("N", key, field)
            know(key, .hash)
        case .text(let key, let text):
            records.add("V", key, text)
            know(key, .text)
        case .score(let key, let member, let score):
            records.add("S", key, member, String(score))
            know(key, .sortedSet)
        case .length(let key, let count): records.add("L", key, String(count))
        }
    }

    private mutating func encode(_ write: Write) {
        switch write {
        case .append(let key, let fields, let milliseconds):
            precondition(!fields.isEmpty, "an entry has fields")
            records.begin(
                milliseconds == nil ? "X" : "Y", key, arguments: 1 + 2 * fields.pairs.count)
            records.arguments.append(milliseconds.map { "\($0)-*" } ?? "*")
            records.append(fields)
        case .set(let key, let fields):
            records.begin("H", key, arguments: 2 * fields.pairs.count)
            records.append(fields)
        case .remove(let key, let fields):
            records.begin("R", key, arguments: fields.count)
            records.arguments.append(fields)
        case .add(let key, let field, let amount): records.add("I", key, field, String(amount))
        case .addMember(let key, let member): records.add("M", key, member)
        case .removeMember(let key, let member): records.add("U", key, member)
        case .schedule(let key, let member, let time): records.add("Z", key, String(time), member)
        case .unschedule(let key, let member): records.add("W", key, member)
        case .setText(let key, let text, let life):
            records.begin("T", key, arguments: life == nil ? 1 : 3)
            records.arguments.append(text)
            if let life { records.arguments.append(["PX", String(life.milliseconds)]) }
        case .setTextIfAbsent(let key, let text, let life):
            records.begin("T", key, arguments: 4)
            records.arguments.append([text, "PX", String(life.milliseconds), "NX"])
        case .push(let key, let text): records.add("Q", key, text)
        case .delete(let key): records.add("D", key)
        case .expire(let key, let life): records.add("E", key, String(life.milliseconds))
        }
    }

    /// What must be known of a key before the change's first write. A plain first write finds its
    /// key's type out itself.
    private mutating func check(_ write: Write, isFirst: Bool) {
        switch write {
        case .append(let key, _, let time): check(key, .stream, unless: isFirst && time == nil)
        case .set(let key, _): check(key, .hash, unless: isFirst)
        case .remove(let key, _): check(key, .hash, unless: isFirst, growing: false)
        case .add(let key, let field, _):
            check(key, .hash)
            records.add("i", key, field)
        case .addMember(let key, _): check(key, .set, unless: isFirst)
        case .removeMember(let key, _): check(key, .set, unless: isFirst, growing: false)
        case .schedule(let key, _, _): check(key, .sortedSet, unless: isFirst)
        case .unschedule(let key, _): check(key, .sortedSet, unless: isFirst, growing: false)
        // SET would replace whatever is there.
        case .setText(let key, _, _), .setTextIfAbsent(let key, _, _): check(key, .text)
        case .push(let key, _): check(key, .list, unless: isFirst)
        case .delete, .expire: break
        }
    }

    private mutating func check(
        _ key: Key, _ kind: Kind, unless isKnown: Bool = false, growing: Bool = true
    ) {
        needsMemory = needsMemory || growing
        if know(key, kind), !isKnown { records.add(kind.rawValue, key) }
    }

    /// Notes a key's type. Whether that is news.
    @discardableResult
    private mutating func know(_ key: Key, _ kind: Kind) -> Bool {
        let place = records.place(key)
        if let index = known.firstIndex(where: { $0.place == place }) {
            let earlier = known[index].kind
            precondition(earlier == nil || earlier == kind, "\(key) is used as two types")
            known[index].kind = kind
            return false
        }
        known.append((place, kind))
        return true
    }
}

extension Write {
    /// Fields that are none: Redis refuses such a command, and there is nothing to do.
    fileprivate var isEmpty: Bool {
        switch self {
        case .set(_, let fields): fields.isEmpty
        case .remove(_, let fields): fields.isEmpty
        default: false
        }
    }
}
