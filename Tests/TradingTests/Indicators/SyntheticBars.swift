import Trading

/// Bars that rise and fall in turns of twelve, the same on every machine.
enum SyntheticBars {
    static func make(_ count: Int = 60, seed: UInt64 = 7) -> [Bar] {
        var random = SplitMix64(seed: seed)
        // Remainders, not `Int.random`: the computation elsewhere must draw the same numbers.
        func below(_ bound: UInt64) -> Int { Int(random.next() % bound) }
        var price = 5_000_000
        return (0..<count).map { index in
            let drift = index / 12 % 2 == 0 ? 1_500 : -1_700
            let open = price
            let close = open + drift + below(4_001) - 2_000
            let high = max(open, close) + below(900)
            let low = min(open, close) - below(900)
            price = close + below(401) - 200
            return Bar(
                start: EventTime(Day(2025, 12, 15), TimeOfDay(9, 15)) + .minutes(index),
                open: Price(paise: open), high: Price(paise: high), low: Price(paise: low),
                close: Price(paise: close))
        }
    }
}
