import Histogram

/// Durations in microseconds, to two significant digits, up to a minute.
package struct Durations: Sendable {
    private var histogram = Histogram<UInt32>(
        lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000,
        numberOfSignificantValueDigits: .two)

    package init() {}

    package var count: Int { Int(histogram.totalCount) }

    package mutating func add(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        histogram.record(UInt64(min(max(microseconds, 1), 60_000_000)))
    }

    /// Nil when nothing was measured.
    package func percentile(_ share: Int) -> Int? {
        count == 0 ? nil : Int(histogram.valueAtPercentile(Double(share)))
    }
}
