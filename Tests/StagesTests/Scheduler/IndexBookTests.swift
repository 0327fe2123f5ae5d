import Stages
import Support
import Testing
import Trading

@Suite("Index book")
struct IndexBookTests {
    @Test func `the hash is readable`() throws {
        var market = try Market()
        _ = market.minutes(21, 2)
        let fields = market.book.fields
        #expect(fields["quote:NSE_FNO:595001"] == "150.00 150.00 151.00 - - 100000 1765770300000")
        #expect(fields["emitted:supertrend"] == "bullish")
        #expect(fields["bars_1m"]?.hasPrefix("minutes=1 anchor=33300000") == true)
        #expect(fields["state:supertrend:confirmation"]?.hasPrefix("bullish 100.00 59") == true)
        #expect(fields["state:supertrend:adx_1m"]?.hasPrefix("period=2 ") == true)
    }

    /// Pain 41: the same data gave different trends after a restart.
    @Test("A book that is restored goes on the same", arguments: 0..<32 as Range<UInt64>)
    func restored(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var market = try Market { $0.profile.minADX = "1.00" }
        market.profile.minConfirmingADX = "1.00"
        var other = market
        var hash = Fields()
        var signals = 0
        for _ in 0..<1_200 {
            market.time = market.time + .milliseconds(.random(in: 1...30_000, using: &random))
            market.price += .random(in: -15_00...15_00, using: &random)
            other.time = market.time
            other.price = market.price
            if Int.random(in: 0..<4, using: &random) == 0 {
                market.quoteAll()
                other.quoteAll()
            }
            let outcome = market.send(market.tick())
            #expect(other.send(other.tick()) == outcome)
            signals += outcome.signals.count
            guard Int.random(in: 0..<10, using: &random) == 0 else { continue }
            hash.apply(other.book.takeChanges())
            hash.pairs.shuffle(using: &random)  // Redis keeps no order.
            other.book = try IndexBook(Fixtures.index, hash)
            #expect(other.book.fields == market.book.fields)
        }
        #expect(signals > 0)
    }

    @Test func `only what changed is written`() throws {
        var market = try Market()
        #expect(market.book.takeChanges().set.pairs.count == 11)
        let nothing = market.book.takeChanges()
        #expect(nothing.set.isEmpty && nothing.removed.isEmpty)
        market.quote(59_500, .put)
        #expect(market.book.takeChanges().set.pairs.map(\.name) == ["quote:NSE_FNO:595002"])
    }

    @Test func `quotes of earlier days are forgotten with the day's first bar`() throws {
        var market = try Market()
        _ = market.book.takeChanges()
        market.time = .at(9, 15, on: Fixtures.day + 1)
        market.quote(59_500, .call)
        _ = market.minute(2)
        #expect(Array(market.book.quotes.keys) == [Market.id(59_500, .call)])
        let changes = market.book.takeChanges()
        #expect(changes.removed.count == 9)
        #expect(changes.removed.contains("quote:NSE_FNO:595002"))
    }

    @Test func `only listed options of its own index are kept`() throws {
        var market = try Market()
        let before = market.book.fields
        for id in ["NSE_FNO:1", "NSE_EQ:19585", "IDX_I:13"] as [InstrumentID] {
            market.send(.tick(Fixtures.tick(id, "10.00", at: market.time)))
        }
        #expect(market.book.fields == before)
    }

    @Test func `a state of other settings begins anew, with a note`() throws {
        var market = try Market()
        _ = market.minutes(30, 2)
        market.profile.adxPeriod = 3
        market.profile.onlyOnTurn = false
        let first = market.minute(2)
        #expect(
            first.notes == [
                "supertrend BANKNIFTY: state of other settings or unreadable, begun anew"
            ])
        #expect(first.signals.isEmpty)
        #expect(market.minute(2).notes.isEmpty)
    }

    @Test(
        "What can't be read is an error with its field",
        arguments: [
            ("bars_1m", "minutes=1"), ("quote:NSE_FNO:1", "100.00"), ("quote:1", "100.00"),
            ("emitted:supertrend", "up"), ("state:x", "1"),
        ]
    )
    func malformed(name: String, value: String) {
        #expect(throws: IndexBookError.malformed(field: name, value: value)) {
            try IndexBook(Fixtures.index, [name: value])
        }
    }

    @Test func `fields of others are left alone, an unknown index is an error`() throws {
        #expect(try IndexBook(Fixtures.index, ["cursor": "1-1"]).fields["cursor"] == nil)
        #expect(throws: IndexBookError.unknownIndex("NIFTYY")) { try IndexBook("NIFTYY") }
    }
}

extension Fields {
    /// As HSET and HDEL do.
    fileprivate mutating func apply(_ changes: (set: Fields, removed: [String])) {
        for pair in changes.set.pairs { self[pair.name] = pair.value }
        for name in changes.removed { self[name] = nil }
    }
}
