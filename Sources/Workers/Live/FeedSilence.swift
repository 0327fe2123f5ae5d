import Brokers
import Trading

/// What to do about a feed that says nothing. The broker confirms no subscription, and pings over
/// a connection that brings no price.
struct FeedSilence {
    enum Remedy: Hashable {
        case subscribe([InstrumentID])
        case connect
    }

    /// All times by the steady clock.
    private var connections: [Int: EventTime] = [:]
    private var instruments: [InstrumentID: EventTime] = [:]
    private var lookedAt: [Int: EventTime] = [:]
    /// Connections on which nothing has come since they were made anew.
    private var starved: Set<Int> = []

    private static let lookEvery = Span.seconds(5)
    /// What is silent this long may never have been subscribed to.
    private static let longestOfOne = Span.seconds(15)
    /// Something ticks at least once in this time, while the market is open.
    private static let longestOfAll = Span.seconds(30)

    func isStarved(_ place: Int) -> Bool { starved.contains(place) }

    mutating func opened(_ place: Int, with subscribed: [InstrumentID], at now: EventTime) {
        connections[place] = now
        for instrument in subscribed { instruments[instrument] = now }
    }

    /// A price that is new: the one after a subscription comes also where nothing lives behind it.
    ///
    /// - Returns: whether prices come again.
    mutating func heard(_ instrument: InstrumentID, on place: Int, at now: EventTime) -> Bool {
        instruments[instrument] = now
        connections[place] = now
        return starved.remove(place) != nil
    }

    mutating func forget(_ gone: [InstrumentID]) {
        for instrument in gone { instruments[instrument] = nil }
    }

    /// - Parameter subscribed: of the connection, which is open.
    mutating func remedy(
        for place: Int, _ subscribed: @autoclosure () -> [InstrumentID], at now: EventTime,
        isTrading: Bool
    ) -> Remedy? {
        guard isTrading else {
            // Silence is ordinary, and counts from the opening on.
            connections[place] = now
            lookedAt[place] = now
            return nil
        }
        if let heardAt = connections[place], now - heardAt >= Self.longestOfAll {
            starved.insert(place)
            connections[place] = now
            return .connect
        }
        guard now - (lookedAt[place] ?? now) >= Self.lookEvery else {
            lookedAt[place] = lookedAt[place] ?? now
            return nil
        }
        lookedAt[place] = now
        var silent: [InstrumentID] = []
        for instrument in subscribed() {
            let since = instruments[instrument] ?? now
            instruments[instrument] = since
            guard now - since >= Self.longestOfOne else { continue }
            instruments[instrument] = now
            silent.append(instrument)
        }
        return silent.isEmpty ? nil : .subscribe(silent)
    }
}
