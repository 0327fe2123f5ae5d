import Testing
import Trading

/// A worker that stops after any bar and is restored from text goes on as if nothing had been.
@Suite("Stored states")
struct IndicatorStateTests {
    /// Fails the test and keeps the original where the text does not give the same state back.
    func restored<State: FieldValue & Hashable>(_ state: State) -> State {
        let copy = State(text: state.text)
        #expect(copy == state)
        #expect(copy?.text == state.text)
        return copy ?? state
    }

    @Test("Restoring in the middle changes nothing", arguments: 0..<32 as Range<UInt64>)
    func indicators(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let period = Int.random(in: 1...20, using: &random)
        var supertrend = Supertrend(period: period, multiplierHundredths: 150)
        var adx = ADX(period: period)
        var other = (supertrend, adx)
        for bar in SyntheticBars.make(120, seed: seed) {
            if Int.random(in: 0...4, using: &random) == 0 {
                other = (restored(other.0), restored(other.1))
            }
            #expect(supertrend.add(bar) == other.0.add(bar))
            #expect(adx.add(bar) == other.1.add(bar))
        }
        #expect(other == (supertrend, adx))
    }

    @Test("Restoring a builder changes nothing", arguments: 0..<32 as Range<UInt64>)
    func builder(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var builder = BarBuilder(minutes: Int.random(in: 1...5, using: &random))
        var other = builder
        var now = EventTime(Day(2025, 12, 15), TimeOfDay(9, 15))
        for _ in 0..<500 {
            // Late ones too.
            now = now + .milliseconds(Int.random(in: -20_000...60_000, using: &random))
            if Int.random(in: 0...4, using: &random) == 0 { other = restored(other) }
            if Bool.random(using: &random) {
                #expect(builder.close(at: now) == other.close(at: now))
            }
            let price = Price(paise: Int.random(in: 1...10_000, using: &random))
            #expect(builder.add(price, at: now) == other.add(price, at: now))
        }
        #expect(builder == other)
    }

    @Test func `the text of a state can be read by a person`() {
        var supertrend = Supertrend()
        #expect(
            supertrend.text
                == "period=7 multiplier=300 count=0 total=0 close= upper= lower= bullish=")
        _ = supertrend.add(SyntheticBars.make()[0])
        #expect(
            supertrend.text
                == "period=7 multiplier=300 count=1 total=33080000 close=5002258 "
                + "upper= lower= bullish=")
        #expect(restored(BarBuilder(minutes: 5)).minutes == 5)
    }

    @Test(
        "Not a state",
        arguments: [
            "",
            "period=7",
            "period=0 multiplier=300 count=0 total=0 close= upper= lower= bullish=",
            "period=7 multiplier=0 count=0 total=0 close= upper= lower= bullish=",
            "period=7 multiplier=300 count=8 total=0 close= upper= lower= bullish=",
            "period=7 multiplier=300 count= total=0 close= upper= lower= bullish=",
            "period=7 multiplier=300 count=0 total=0.5 close= upper= lower= bullish=",
            "period=7 multiplier=300 count=0 total=0 close= upper=1 lower= bullish=",
            "period=7 multiplier=300 count=0 total=0 close= upper=1 lower=1 bullish=2",
            "multiplier=300 period=7 count=0 total=0 close= upper= lower= bullish=",
            "period=7 multiplier=300 count=0 total=0 close= upper= lower= bullish= ",
        ]
    )
    func supertrendRefuses(text: String) {
        #expect(Supertrend(text: text) == nil)
    }

    @Test func `the other states refuse what they can't be`() {
        let bar = "start=1 open=1 high=1 low=1 close="
        #expect(BarBuilder(text: "minutes=1 anchor=33300000 closed_until= \(bar)1") != nil)
        #expect(BarBuilder(text: "minutes=1 anchor=33300000 closed_until= \(bar)") == nil)
        #expect(BarBuilder(text: "minutes=0 anchor=33300000 closed_until= \(bar)1") == nil)
        let averages = "period=14 count=14 range=5 up=3 down=2 index_count=1 index=4"
        #expect(ADX(text: "\(averages) \(bar)1") != nil)
        #expect(ADX(text: "\(averages) \(bar)") == nil)
        #expect(ADX(text: "\(averages)0 \(bar)1")?.text == "\(averages)0 \(bar)1")
        #expect(
            ADX(text: "period=14 count=15 range=5 up=3 down=2 index_count=1 index=4 \(bar)1") == nil
        )
    }
}
