/// A safety that is switched off, to see that the promises are broken and that it is noticed.
/// Where another safety backs it up, that one is off too.
package enum Sabotage: String, CaseIterable, Sendable {
    /// Whoever has read an entry commits, also when it is another's by then. `rev` and the state
    /// machines still keep orders and positions right.
    case ownership
    /// A decision is written whatever the state has become since it was loaded.
    case rev
    /// The claim of an exit takes no lock.
    case lock
    /// One look that finds nothing is enough, and an unreadable book counts as an empty one.
    case lookup
    /// The last message about an order wins; with the hub letting old ones through.
    case monotonic
    /// An entry is acknowledged when it is read.
    case ackEarly = "ack-early"
    /// Streams are cut by age alone.
    case trim
}
