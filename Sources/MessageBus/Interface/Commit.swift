package import Trading

/// The decisions of one batch, for one slot, in one call of the function `commit`.
///
/// Each change is applied whole or not at all and has its own verdict: one that is refused spoils
/// none of its neighbours, and a later change sees what an earlier one wrote. For each change,
/// everything is checked first, then written in the order in which the writes stand; whoever
/// builds a change puts messages first, then hashes, sets, due times and locks. The
/// acknowledgement is always last.
///
/// A commit without changes, which only moves a holder's cursors, has one verdict all the same.
package struct Commit: Sendable, Hashable {
    package var slot: Slot
    package var owner: Owner
    package var changes: [Change]

    package init(slot: Slot, owner: Owner, changes: [Change]) {
        self.slot = slot
        self.owner = owner
        self.changes = changes
    }
}

/// What entitles a worker to commit.
package enum Owner: Sendable, Hashable {
    /// Nothing but the changes' own guards.
    case anyone
    /// Each acknowledged entry must still be pending for this consumer.
    case consumer(group: String, name: String)
    /// The fence must still have this epoch, and each stream's cursor must stand at `from`; they
    /// move to `to` with the batch, whatever the single changes' guards say. All changes of the
    /// commit stand or fall with it.
    case holder(fence: Key, epoch: Int, cursors: [CursorMove])
}

/// One decision, applied whole or not at all.
package struct Change: Sendable, Hashable {
    /// The entry that this change settles; nil for a timer's or a person's change, and for an
    /// input in another slot.
    package var acknowledges: Acknowledgement?
    package var guards: [Guard]
    package var writes: [Write]

    package init(
        acknowledges: Acknowledgement? = nil, guards: [Guard] = [], writes: [Write] = []
    ) {
        self.acknowledges = acknowledges
        self.guards = guards
        self.writes = writes
    }
}

package struct Acknowledgement: Sendable, Hashable {
    package var stream: Key
    package var id: EntryID

    package init(_ stream: Key, _ id: EntryID) {
        self.stream = stream
        self.id = id
    }
}

/// What must hold for a change to be applied.
package enum Guard: Sendable, Hashable {
    case absent(Key)
    case present(Key)
    case field(Key, String, is: String)
    case fieldAbsent(Key, String)
    case text(Key, is: String)
    /// A due time that nobody has moved since.
    case score(Key, member: String, is: Int)
    /// The number of elements of a list, set, sorted set, hash or stream; 0 for none.
    case length(Key, is: Int)
}

package enum Write: Sendable, Hashable {
    /// - Parameter milliseconds: the time part of the entry's id, raised to the newest entry's
    ///   where it lies before that; nil for the server's clock.
    case append(Key, Fields, milliseconds: Int? = nil)
    case set(Key, Fields)
    case remove(Key, fields: [String])
    case add(Key, field: String, by: Int)
    case addMember(Key, String)
    case removeMember(Key, String)
    /// A sorted set's member and its score, a time in milliseconds.
    case schedule(Key, member: String, at: Int)
    case unschedule(Key, member: String)
    case setText(Key, String, life: Span? = nil)
    /// SET NX PX: a text that stands there stays, and the change goes through all the same.
    case setTextIfAbsent(Key, String, life: Span)
    case push(Key, String)
    case delete(Key)
    /// How long a finished record stays.
    case expire(Key, after: Span)
}

/// What became of a change.
package enum CommitVerdict: Sendable, Hashable {
    case applied
    /// The entry is not this consumer's any more: it was acknowledged or claimed. After a commit
    /// whose reply was lost, also the sign that it had been applied.
    case lost
    /// The guard at this place did not hold, or presumes what a refused change of the same commit
    /// would have set; nothing was written, and the entry is still pending.
    case refused(guardAt: Int)
    /// Another holder has raised the epoch, or a cursor stands where this holder did not leave it.
    case fenced
    /// The cursor already stands where this batch would move it: it was applied before.
    case already
    /// This key has another type than a guard or a write of the change needs; nothing was written.
    /// Trying again cannot help.
    case wrongType(Key)
}
