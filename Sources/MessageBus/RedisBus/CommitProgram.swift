import Redis
import Trading

/// A commit in the form that `commit.lua` reads, and the verdicts that it answers; the letters are
/// explained there.
struct CommitProgram {
    var records: CommitRecords
    /// It adds something: a full server must refuse it.
    var needsMemory = false
    /// The types that the change in hand has found out or will, each key once; no type where a
    /// guard has found the key to be absent, which every write can follow.
    var known: [(place: Int, kind: Kind?)] = []

    /// A type of Redis, by the letter of its check.
    enum Kind: Unicode.Scalar {
        case text = "t"
        case hash = "h"
        case stream = "e"
        case set = "m"
        case sortedSet = "z"
        case list = "l"
    }

    init(_ commit: Commit) {
        records = CommitRecords(slot: commit.slot, changes: commit.changes.count)
        encode(commit.owner, commit.changes)
        for change in commit.changes { encode(change) }
        // The cursors' own verdict.
        if commit.changes.isEmpty { encode(Change()) }
    }

    func command(_ library: FunctionLibrary) -> RedisCommand {
        let function = library.name(of: needsMemory ? .commit : .settle)
        var command = RedisCommand("FCALL", function, records.keys.count)
        for key in records.keys { command.append(key.text) }
        command.append(records.program)
        command.append(records.arguments)
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
        case 5 where records.keys.indices.contains((code >> 3) - 1):
            .wrongType(records.keys[(code >> 3) - 1])
        default: throw .unexpectedReply(expected: "a verdict", got: "\(code)")
        }
    }
}
