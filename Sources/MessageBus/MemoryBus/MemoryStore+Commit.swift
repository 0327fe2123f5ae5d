import Trading

/// The function `commit` of `commit.lua`, in Swift: the same checks in the same order.
extension MemoryStore {
    mutating func apply(_ commit: Commit) -> [CommitVerdict] {
        // The cursors' own verdict.
        let changes = commit.changes.isEmpty ? [Change()] : commit.changes
        checkSlots(commit)
        if case .holder(let fence, let epoch, let cursors) = commit.owner {
            if let verdict = refusal(fence, epoch, cursors) {
                return changes.map { _ in verdict }
            }
        }
        // What a refused change would have written, a later one may presume: it was decided on a
        // state that never was, and its guard could hold by chance.
        var tainted: Set<Key> = []
        let verdicts = changes.map { change in
            let verdict =
                change.firstGuard(presuming: tainted).map { CommitVerdict.refused(guardAt: $0) }
                ?? apply(change, commit.owner)
            if verdict != .applied { tainted.formUnion(change.setKeys) }
            return verdict
        }
        if case .holder(let fence, _, let cursors) = commit.owner, !cursors.isEmpty {
            let moves = cursors.map { Fields.Pair(name: $0.field, value: $0.to.text) }
            try? write(.set(fence, Fields(moves)))
        }
        return verdicts
    }

    private func refusal(
        _ fence: Key, _ epoch: Int, _ cursors: [CursorMove]
    ) -> CommitVerdict? {
        guard let hash = try? hash(fence), hash[Fence.epochField] == String(epoch) else {
            return .fenced
        }
        func cursor(_ move: CursorMove) -> String { hash[move.field] ?? EntryID.zero.text }
        if cursors.allSatisfy({ cursor($0) == $0.from.text }) { return nil }
        return cursors.allSatisfy { cursor($0) == $0.to.text } ? .already : .fenced
    }

    private mutating func apply(_ change: Change, _ owner: Owner) -> CommitVerdict {
        guard owns(change.acknowledges, owner) else { return .lost }
        do throws(WrongType) {
            for (place, condition) in change.guards.enumerated() where !(try holds(condition)) {
                return .refused(guardAt: place)
            }
            for write in change.writes { try check(write) }
            for write in change.writes { try self.write(write) }
        } catch {
            return .wrongType(error.key)
        }
        if let entry = change.acknowledges, case .consumer(let group, _) = owner {
            (try? stream(entry.stream))?.settle(entry.id, group)
        }
        return .applied
    }

    private func owns(_ entry: Acknowledgement?, _ owner: Owner) -> Bool {
        guard let entry else { return true }
        guard case .consumer(let group, let name) = owner else {
            preconditionFailure("no group to settle in")
        }
        return (try? stream(entry.stream))?.isPending(entry.id, group, for: name) ?? false
    }

    private func holds(_ condition: Guard) throws(WrongType) -> Bool {
        switch condition {
        case .absent(let key): value(key) == nil
        case .present(let key): value(key) != nil
        case .field(let key, let field, let value): try hash(key)?[field] == value
        case .fieldAbsent(let key, let field): try hash(key)?[field] == nil
        case .text(let key, let text): try self.text(key) == text
        case .score(let key, let member, let score):
            try self.score(key, member) == DueTime.readable(score)
        case .length(let key, let count): try self.count(key) == count
        }
    }

    /// Throws if the write would fail.
    private func check(_ write: Write) throws(WrongType) {
        switch write {
        case .append(let key, _, _): _ = try stream(key)
        case .set(let key, _), .remove(let key, _): _ = try hash(key)
        case .add(let key, let field, _):
            guard let text = try hash(key)?[field] else { return }
            guard text.utf8.count < 19, Int(text) != nil else { throw WrongType(key: key) }
        case .addMember(let key, _), .removeMember(let key, _): _ = try set(key)
        case .schedule(let key, _, _), .unschedule(let key, _): _ = try sortedSet(key)
        case .setText(let key, _, _), .setTextIfAbsent(let key, _, _): _ = try text(key)
        case .push(let key, _): _ = try list(key)
        case .delete, .expire: break
        }
    }

    private mutating func write(_ write: Write) throws(WrongType) {
        switch write {
        case .append(let key, let fields, let milliseconds):
            precondition(!fields.isEmpty, "an entry has fields")
            try madeStream(key).append(fields, milliseconds: milliseconds ?? wall)
        case .set(let key, let fields): try put(key, fields.pairs.map { ($0.name, $0.value) })
        case .remove(let key, let names): try put(key, names.map { ($0, nil) })
        case .add(let key, let field, let amount):
            let old = try hash(key)?[field].flatMap { Int($0) } ?? 0
            try put(key, [(field, String(old + amount))])
        case .addMember(let key, let member): put(key, .set(try set(key).union([member])))
        case .removeMember(let key, let member):
            put(key, .set(try set(key).subtracting([member])))
        case .schedule(let key, let member, let time): try schedule(key, member, time)
        case .unschedule(let key, let member): try schedule(key, member, nil)
        case .setText(let key, let text, let life): putText(key, text, life: life)
        case .setTextIfAbsent(let key, let text, let life):
            if value(key) == nil { putText(key, text, life: life) }
        case .push(let key, let text): put(key, .list(try list(key) + [text]))
        case .delete(let key): remove(key)
        case .expire(let key, let life): expire(key, after: life)
        }
    }

    /// Fields of a hash; nil removes one.
    private mutating func put(
        _ key: Key, _ fields: [(name: String, value: String?)]
    ) throws(WrongType) {
        let table = try hash(key) ?? HashTable()
        for field in fields { table[field.name] = field.value }
        put(key, .hash(table))
    }

    /// No time takes the member out.
    private mutating func schedule(
        _ key: Key, _ member: String, _ time: Int?
    ) throws(WrongType) {
        var scores = try sortedSet(key)
        scores[member] = time
        put(key, .sortedSet(scores))
    }

    /// As a cluster, and as the encoder for Redis: a commit touches one slot.
    private func checkSlots(_ commit: Commit) {
        for change in commit.changes {
            let keys =
                change.writes.map(\.key) + change.guards.map(\.key)
                + [change.acknowledges?.stream].compactMap(\.self)
            precondition(
                keys.allSatisfy { $0.slot == commit.slot }, "a key is not in the commit's slot")
        }
    }
}

extension Change {
    fileprivate var setKeys: [Key] {
        writes.compactMap { if case .set(let key, _) = $0 { key } else { nil } }
    }

    /// The place of the first guard that tells one state of such a hash from another.
    fileprivate func firstGuard(presuming tainted: Set<Key>) -> Int? {
        guards.firstIndex { condition in
            switch condition {
            case .absent(let key), .field(let key, _, _), .fieldAbsent(let key, _):
                tainted.contains(key)
            case .present, .text, .score, .length: false
            }
        }
    }
}

extension Write {
    fileprivate var key: Key {
        switch self {
        case .append(let key, _, _), .set(let key, _), .remove(let key, _), .add(let key, _, _),
            .addMember(let key, _), .removeMember(let key, _), .schedule(let key, _, _),
            .unschedule(let key, _), .setText(let key, _, _), .setTextIfAbsent(let key, _, _),
            .push(let key, _), .delete(let key), .expire(let key, _):
            key
        }
    }
}

extension Guard {
    fileprivate var key: Key {
        switch self {
        case .absent(let key), .present(let key), .field(let key, _, _), .fieldAbsent(let key, _),
            .text(let key, _), .score(let key, _, _), .length(let key, _):
            key
        }
    }
}
