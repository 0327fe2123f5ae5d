package import Brokers
import Trading

/// One account's right to data.
package struct FeedSource: Sendable {
    package var access: DhanAccess
    package var prices: any QuoteReader & ChartReader

    package init(_ access: DhanAccess, prices: any QuoteReader & ChartReader) {
        self.access = access
        self.prices = prices
    }
}

/// One account's right to data serves all; where the broker gives it nothing, because its token is
/// dead or its data plan has ended, the next one's does.
struct FeedSources {
    private let sources: [FeedSource]
    private var place = 0
    /// By the steady clock.
    private var changedAt: EventTime?

    /// Each may have a try before the next one's turn.
    private static let longestTry = Span.seconds(20)

    init(_ sources: [FeedSource]) { self.sources = sources }

    /// Nil where the present one is to go on.
    mutating func next(at now: EventTime, isFailing: Bool) -> FeedSource? {
        guard isFailing, sources.count > 1 else { return nil }
        if let changedAt, now - changedAt < Self.longestTry { return nil }
        changedAt = now
        place = (place + 1) % sources.count
        return sources[place]
    }
}
