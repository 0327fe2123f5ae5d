package import Trading

/// What must be known of a stream before it is cut.
///
/// An entry goes when every reader is done with it (it was delivered and is not pending, or lies
/// behind the cursor) and its time is up. A reader without a trace has read nothing, and a group
/// that is not named here is respected too.
package struct Cut: Sendable, Hashable {
    /// What an entry's age is counted from.
    package enum Age: String, Sendable {
        /// The server's clock, by which the entry's id was made.
        case server
        /// The stream's newest entry, where ids are event time: in a replay years behind any clock.
        case stream
        /// The earlier of the two: a server's clock that is ahead makes nothing old by itself, nor
        /// does an entry that it has written, once it is right again.
        case earlier
    }

    /// Groups that must be there.
    package var groups: [String]
    /// Fences of the stream's slot that must have a cursor into it.
    package var fences: [Key]
    /// The lowest cursor of readers whose fences lie in other slots; nil where there are none.
    ///
    /// It cannot be read in the step that cuts. A cursor only moves forward, but for one case:
    /// where another server holds its slot and loses the tail of its log. Whoever cuts therefore
    /// gives a floor that was read longer ago than such a tail reaches back.
    package var floor: EntryID?
    package var keep: Span
    package var age: Age

    package init(
        groups: [String] = [], fences: [Key] = [], floor: EntryID? = nil, keep: Span,
        age: Age = .server
    ) {
        self.groups = groups
        self.fences = fences
        self.floor = floor
        self.keep = keep
        self.age = age
    }
    /// The fences are read in the step that cuts.
    func requireFences(in slot: Slot) {
        precondition(fences.allSatisfy { $0.slot == slot }, "a fence is not in the stream's slot")
    }
}
