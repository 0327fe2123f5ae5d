package import Trading

/// Segments are numbers in packets, and words in requests.
extension Segment {
    /// By their number; 6 is nobody's.
    private static let byFeedCode: [Segment?] = [
        .index, .nseEquity, .nseDerivatives, .nseCurrency, .bseEquity, .mcxCommodity, nil,
        .bseCurrency, .bseDerivatives,
    ]

    package init?(feedCode code: Int) {
        guard Self.byFeedCode.indices.contains(code), let segment = Self.byFeedCode[code] else {
            return nil
        }
        self = segment
    }
}
