import Testing
import Trading

@testable import Brokers

@Suite struct `Subscriptions` {
    private static func options(_ range: Range<Int>) -> [InstrumentID] {
        range.map { InstrumentID(.nseDerivatives, String($0)) }
    }

    @Test func `a message names a hundred at most`() {
        let messages = FeedRequest.subscribe(Self.options(1..<251))
        #expect(messages.count == 3)
        #expect(messages[2].hasPrefix(#"{"RequestCode":21,"InstrumentCount":50,"#))
        #expect(messages[0].split(separator: "SecurityId").count == 101)
    }

    @Test func `an index is asked for its ticker, a contract for everything`() {
        let both = [InstrumentID(.index, "25"), InstrumentID(.bseDerivatives, "86")]
        #expect(
            FeedRequest.subscribe(both) == [
                #"{"RequestCode":15,"InstrumentCount":1,"InstrumentList":"#
                    + #"[{"ExchangeSegment":"IDX_I","SecurityId":"25"}]}"#,
                #"{"RequestCode":21,"InstrumentCount":1,"InstrumentList":"#
                    + #"[{"ExchangeSegment":"BSE_FNO","SecurityId":"86"}]}"#,
            ])
        #expect(
            FeedRequest.unsubscribe(both).map { $0.prefix(17) }
                == [#"{"RequestCode":16"#, #"{"RequestCode":22"#])
    }

    @Test(arguments: ["", "0", "-1", "+1", "01", "x\"}", "4294967296"])
    func `an id that no packet could name is not asked for:`(id: String) {
        #expect(FeedRequest.subscribe([InstrumentID(.nseEquity, id)]) == [])
        var plan = FeedPlan()
        #expect(plan.want([InstrumentID(.nseEquity, id)]).moves == [:])
    }

    @Test func `a full connection is followed by the next, and nothing moves`() {
        var plan = FeedPlan(connections: 3, mostOnAConnection: 10)
        let first = plan.want(Self.options(1..<16))
        #expect(first.leftOut == 0)
        #expect(first.moves[0]?.subscribe == Self.options(1..<11))
        #expect(first.moves[1]?.subscribe == Self.options(11..<16))
        #expect(plan.inUse == [0, 1])

        // The first two go, a new one takes a free place, all others stay.
        let second = plan.want(Self.options(3..<17))
        #expect(
            second.moves[0]
                == FeedPlan.Moves(
                    subscribe: Self.options(16..<17), unsubscribe: Self.options(1..<3)))
        #expect(second.moves[1] == nil)
        #expect(plan.want(Self.options(3..<17)).moves == [:])
        #expect(plan.all(on: 0) == (Self.options(3..<11) + Self.options(16..<17)).sorted())
    }

    @Test func `what there is no room for is left out, the least important first`() {
        var plan = FeedPlan(connections: 2, mostOnAConnection: 2)
        #expect(plan.want(Self.options(1..<7)).leftOut == 2)
        let important = Self.options(9..<10) + Self.options(1..<7)
        let moved = plan.want(important)
        #expect(moved.leftOut == 3)
        #expect(moved.moves.values.flatMap(\.unsubscribe) == Self.options(4..<5))
        #expect(moved.moves.values.flatMap(\.subscribe) == Self.options(9..<10))
    }

    @Test func `one that is wanted twice counts once`() {
        var plan = FeedPlan(connections: 1, mostOnAConnection: 2)
        let found = plan.want(Self.options(1..<2) + Self.options(1..<3))
        #expect(found.leftOut == 0)
        #expect(found.moves[0]?.subscribe == Self.options(1..<3))
    }
}
