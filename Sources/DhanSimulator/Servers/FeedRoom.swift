import Trading

/// Who listens to the market feed.
struct FeedRoom: Sendable {
    func spread(_ tick: Tick, _ row: MarketBook.Row?) {}
}
