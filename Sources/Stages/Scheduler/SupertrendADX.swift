package import Trading

/// Supertrend with a strong enough ADX on minute bars, confirmed on longer ones. A confirmation
/// that is missing, as in the first minutes of a day or after a gap, is no trade.
package struct SupertrendADX: Strategy {
    package let profile: StrategyProfile

    package init(_ profile: StrategyProfile) { self.profile = profile }

    package func take(_ bar: Bar, state: inout Fields) -> Opinion {
        let stored = Frames(state, profile)
        var frames = stored ?? Frames(profile)
        let reading = frames.add(bar)
        state = frames.fields
        var opinion = opinion(reading, confirmation: frames.confirmation)
        if stored == nil { opinion.note = "state of other settings or unreadable, begun anew" }
        return opinion
    }

    package func isWarm(_ state: Fields) -> Bool {
        Frames(state, profile)?.confirmation != nil
    }

    /// An ADX is there after two periods. In a third one, what it began with has faded.
    package var minutesToWarm: Int {
        max(3 * profile.adxPeriod, 3 * profile.supertrendPeriod) * profile.confirmationMinutes
    }

    private func opinion(_ reading: TrendReading?, confirmation: TrendReading?) -> Opinion {
        guard let reading, let confirmation else { return Opinion(nil) }
        // The stretch that ended last, and no older one.
        let age = reading.end - confirmation.end
        guard age < .minutes(profile.confirmationMinutes),
            reading.direction == confirmation.direction, reading.adx >= profile.minADX,
            confirmation.adx >= profile.minConfirmingADX
        else { return Opinion(nil) }
        let long = "\(profile.confirmationMinutes)m"
        return Opinion(
            reading.direction,
            evidence: "trend=\(reading.direction.text) supertrend_1m=\(reading.line.text) "
                + "adx_1m=\(reading.adx.text) supertrend_\(long)=\(confirmation.line.text) "
                + "adx_\(long)=\(confirmation.adx.text)")
    }
}

/// The state of the strategy on one index.
private struct Frames {
    private var short: TrendIndicators
    private var bars: BarBuilder
    private var long: TrendIndicators
    private(set) var confirmation: TrendReading?

    init(_ profile: StrategyProfile) {
        short = TrendIndicators(profile)
        bars = BarBuilder(minutes: profile.confirmationMinutes)
        long = short
    }

    /// Nil for what is not a whole state of these settings; an empty one is the beginning.
    init?(_ fields: Fields, _ profile: StrategyProfile) {
        self.init(profile)
        if fields.isEmpty { return }
        guard let supertrend: Supertrend = fields.read("supertrend_1m"),
            let adx: ADX = fields.read("adx_1m"),
            let bars: BarBuilder = fields.read("bars_long"),
            let longSupertrend: Supertrend = fields.read("supertrend_long"),
            let longADX: ADX = fields.read("adx_long")
        else { return nil }
        short.supertrend = supertrend
        short.adx = adx
        long.supertrend = longSupertrend
        long.adx = longADX
        guard short.fits(profile), long.fits(profile), bars.minutes == self.bars.minutes else {
            return nil
        }
        self.bars = bars
        if let text = fields["confirmation"] {
            guard let reading = TrendReading(text: text) else { return nil }
            confirmation = reading
        }
    }

    mutating func add(_ bar: Bar) -> TrendReading? {
        let end = bar.start + .minutes(1)
        // First what a gap has left over, then the stretch that this minute completes.
        confirm(bars.add(bar))
        confirm(bars.close(at: end))
        return short.add(bar, end: end)
    }

    private mutating func confirm(_ bar: Bar?) {
        guard let bar else { return }
        confirmation = long.add(bar, end: bar.start + .minutes(bars.minutes)) ?? confirmation
    }

    var fields: Fields {
        var fields: Fields = [
            "supertrend_1m": short.supertrend.text, "adx_1m": short.adx.text,
            "bars_long": bars.text, "supertrend_long": long.supertrend.text,
            "adx_long": long.adx.text,
        ]
        fields["confirmation"] = confirmation?.text
        return fields
    }
}

extension Fields {
    fileprivate func read<Value: FieldValue>(_ name: String) -> Value? {
        self[name].flatMap(Value.init(text:))
    }
}
