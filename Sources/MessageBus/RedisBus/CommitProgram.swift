import Redis
import Trading

/// A commit in the form that `commit.lua` reads; the letters are explained there and beside it.
struct CommitProgram {
    private let slot: Slot
    private(set) var keys: [Key] = []
    private var places: [Key: Int] = [:]
    /// A guard, its check and its write name one key in a row.
    private var latest: (key: Key, place: Int)?
    private var program: [UInt8] = []
    /// In Redis' wire format already: a batch has thousands of them.
    private var arguments = RedisCommand()
    private var needsMemory = false
    /// The types that the change in hand has found out or will, each key once; no type where a
    /// guard has found the key to be absent, which every write can follow.
    private var checked: [(place: Int, kind: Kind?)] = []

    private enum Kind: UInt8 {
        case text = 0x74  // t
        case hash = 0x68  // h
        case stream = 0x65  // e
        case set = 0x6d  // m
        case sortedSet = 0x7a  // z
        case list = 0x6c  // l
    }

    init(_ commit: Commit) {
        slot = commit.slot
        program.reserveCapacity(32 * commit.changes.count + 64)
        encode(commit.owner, commit.changes)
        for change in commit.changes { encode(change) }
        // The cursors' own verdict.
        if commit.changes.isEmpty { encode(Change()) }
    }

    func command(_ library: FunctionLibrary) -> RedisCommand {
        let function = library.name(of: needsMemory ? .commit : .settle)
        var command = RedisCommand("FCALL", function, keys.count)
        for key in keys { command.append(key.text) }
        command.append(program)
        command.append(arguments)
        return command
    }

    /// The verdicts in a reply to a commit of so many changes.
    func verdicts(_ reply: RedisValue, of count: Int) throws(RedisError) -> [CommitVerdict] {
        if case .integer(let code) = reply {
            return Array(repeating: try verdict(code), count: max(1, count))
        }
        var verdicts: [CommitVerdict] = []
        verdicts.reserveCapacity(count)
        for code in try reply.asArray { verdicts.append(try verdict(code.asInteger)) }
        // One too few would leave a step without an answer for ever.
        guard verdicts.count == count else {
            throw .unexpectedReply(expected: "\(count) verdicts", got: "\(verdicts.count)")
        }
        return verdicts
    }

    private func verdict(_ code: Int) throws(RedisError) -> CommitVerdict {
        switch code & 7 {
        case 0: .applied
        case 1: .lost
        case 2: .fenced
        case 3: .already
        case 4: .refused(guardAt: code >> 3)
        case 5 where keys.indices.contains((code >> 3) - 1): .wrongType(keys[(code >> 3) - 1])
        default: throw .unexpectedReply(expected: "a verdict", got: "\(code)")
        }
    }
}

extension CommitProgram {
    private mutating func encode(_ owner: Owner, _ changes: [Change]) {
        switch owner {
        case .anyone:
            precondition(changes.allSatisfy { $0.acknowledges == nil }, "no group to settle in")
            record("o", 0, 0)
        case .consumer(let group, let name): encode(group, name, changes)
        case .holder(let fence, let epoch, let cursors):
            precondition(changes.allSatisfy { $0.acknowledges == nil }, "no group to settle in")
            record("h", place(fence), 1 + 3 * cursors.count)
            arguments.append(String(epoch))
            for move in cursors { arguments.append([move.field, move.from.text, move.to.text]) }
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
        record("g", ranges.count, 2)
        arguments.append([group, name])
        for range in ranges {
            record("s", place(range.stream), 3)
            arguments.append([String(range.count), range.low.text, range.high.text])
        }
    }

    private mutating func encode(_ change: Change) {
        if let entry = change.acknowledges {
            record("c", place(entry.stream), 1)
            arguments.append(entry.id.text)
        } else {
            record("c", 0, 0)
        }
        checked.removeAll(keepingCapacity: true)
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
            record("A", place(key), 0)
            if !checked.contains(where: { $0.place == place(key) }) {
                checked.append((place(key), nil))
            }
        case .present(let key): record("P", place(key), 0)
        case .field(let key, let field, let value):
            record("F", key, field, value)
            know(key, .hash)
        case .fieldAbsent(let key, let field):
            record("N", key, field)
            know(key, .hash)
        case .text(let key, let text):
            record("V", key, text)
            know(key, .text)
        case .score(let key, let member, let score):
            record("S", key, member, String(score))
            know(key, .sortedSet)
        case .length(let key, let count): record("L", key, String(count))
        }
    }

    private mutating func encode(_ write: Write) {
        switch write {
        case .append(let key, let fields, let milliseconds):
            precondition(!fields.isEmpty, "an entry has fields")
            record(milliseconds == nil ? "X" : "Y", place(key), 1 + 2 * fields.pairs.count)
            arguments.append(milliseconds.map { "\($0)-*" } ?? "*")
            append(fields)
        case .set(let key, let fields):
            record("H", place(key), 2 * fields.pairs.count)
            append(fields)
        case .remove(let key, let fields):
            record("R", place(key), fields.count)
            arguments.append(fields)
        case .add(let key, let field, let amount): record("I", key, field, String(amount))
        case .addMember(let key, let member): record("M", key, member)
        case .removeMember(let key, let member): record("U", key, member)
        case .schedule(let key, let member, let time): record("Z", key, String(time), member)
        case .unschedule(let key, let member): record("W", key, member)
        case .setText(let key, let text, let life):
            record("T", place(key), life == nil ? 1 : 3)
            arguments.append(text)
            if let life { arguments.append(["PX", String(life.milliseconds)]) }
        case .setTextIfAbsent(let key, let text, let life):
            record("T", place(key), 4)
            arguments.append([text, "PX", String(life.milliseconds), "NX"])
        case .push(let key, let text): record("Q", key, text)
        case .delete(let key): record("D", place(key), 0)
        case .expire(let key, let life): record("E", key, String(life.milliseconds))
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
            record("i", key, field)
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
        if know(key, kind), !isKnown { record(kind.rawValue, place(key), 0) }
    }

    /// Whether that is news.
    @discardableResult
    private mutating func know(_ key: Key, _ kind: Kind) -> Bool {
        let place = place(key)
        if let index = checked.firstIndex(where: { $0.place == place }) {
            let known = checked[index].kind
            precondition(known == nil || known == kind, "\(key) is used as two types")
            checked[index].kind = kind
            return false
        }
        checked.append((place, kind))
        return true
    }

    private mutating func append(_ fields: Fields) {
        for pair in fields.pairs {
            arguments.append(pair.name)
            arguments.append(pair.value)
        }
    }

    private mutating func record(_ letter: Unicode.Scalar, _ key: Key, _ own: String...) {
        record(letter, place(key), own.count)
        arguments.append(own)
    }

    private mutating func record(_ letter: Unicode.Scalar, _ place: Int, _ count: Int) {
        record(UInt8(ascii: letter), place, count)
    }

    private mutating func record(_ code: UInt8, _ place: Int, _ count: Int) {
        precondition(place < 1 << 16 && count < 7_000, "more than one call can take")
        program.append(code)
        program.append(UInt8(place >> 8))
        program.append(UInt8(place & 255))
        program.append(UInt8(count >> 8))
        program.append(UInt8(count & 255))
    }

    /// The key's index in KEYS, from 1.
    private mutating func place(_ key: Key) -> Int {
        if let latest, latest.key == key { return latest.place }
        let place = places[key] ?? keys.count + 1
        if place > keys.count {
            precondition(key.slot == slot, "\(key) is not in the commit's slot")
            keys.append(key)
            places[key] = place
        }
        latest = (key, place)
        return place
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
