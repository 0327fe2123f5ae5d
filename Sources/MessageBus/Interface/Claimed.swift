import Trading

/// What came of a claim of dead consumers' entries.
package struct Claimed: Sendable, Hashable {
    /// How many are this consumer's now.
    package var count = 0
    /// Entries whose content was trimmed while a dead consumer had them, by its name.
    ///
    /// Redis drops such an entry instead of giving it to another. It stays where it is, and keeps
    /// its stream from being cut, until somebody settles it in the dead one's name.
    package var trimmed: [String: [EntryID]] = [:]

    package init() {}
}
