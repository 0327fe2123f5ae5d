package import Trading

/// A market beside the pipeline that a replay takes along: a broker of its own, whose clock stands
/// where the replay's stands.
///
/// The paper exchange is none: it reads the replay's ticks and clock from Redis.
package protocol ReplayVenue: AnyObject {
    /// The clock has moved, and these are the prices of this instant.
    func step(to time: EventTime, _ ticks: [Tick])
    /// What it still has to do or to say at this instant, by name; empty when all is done.
    var open: [String] { get }
    /// When it does something by itself, after this instant.
    var nextDue: EventTime? { get }
}
