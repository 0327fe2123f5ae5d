/// How the paper broker behaves.
package struct PaperProfile: Sendable, Hashable {
    /// A market order at a premium below `premium` becomes a limit this far from the last price.
    package struct Protection: Sendable, Hashable {
        package var below: Price?
        package var share: Percent

        package init(below: Price?, share: Percent) {
            self.below = below
            self.share = share
        }
    }

    /// From the broker's acceptance to the exchange, and from the exchange back.
    package var latency: Span = .milliseconds(50)
    /// Ticks that each fill is worse than the touch.
    package var slippageTicks = 0
    /// The largest share of an order that one event fills; the rest waits for the next.
    package var fillShare: Percent = .percent(100)
    /// Fill no more than the quantity that stands at the touch.
    package var respectDepth = false
    /// Orders in ten thousand that the broker rejects, chosen by the order's correlation id.
    package var rejectRate: Percent = .zero
    /// Half the spread, where the tick names no bid or ask.
    package var assumedSpread: Percent = Percent(basisPoints: 20)
    package var protections: [Protection] = [
        Protection(below: Price(paise: 10_00), share: .percent(5)),
        Protection(below: Price(paise: 100_00), share: .percent(3)),
        Protection(below: Price(paise: 500_00), share: .percent(2)),
        Protection(below: nil, share: .percent(1)),
    ]

    package init() {}
}
