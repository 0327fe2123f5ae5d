import MessageBus
import Support
import Testing
import Trading
import Workers

@testable import Brokers

/// P8: a stale price is no price, whoever shows it.
extension `The market feed` {
    @Test func `the packet after a subscription is no price of now, nor is the same over REST`()
        throws
    {
        let held = InstrumentID(.nseDerivatives, "1010")
        try hold(held)
        let (feed, line) = try open()
        line.say(Self.ticker(100, held, tradedAt: .at(9, 20)))
        try feed.turns(1)
        #expect(try prices() == [])
        bench.bus.advance(by: .seconds(5))
        try feed.turns(1)
        quotes.answer(.success([Self.quote(held, "100.00")]))
        try feed.turns(1)
        #expect(try prices() == [])
        // It lives.
        line.say(Self.ticker(100, held, tradedAt: .at(10, 0)))
        try feed.turns(1)
        #expect(try prices() == ["NSE_FNO:1010 100.00"])
    }

    @Test func `a tick that came while the broker was asked is newer than the answer`() throws {
        let held = InstrumentID(.nseDerivatives, "1010")
        try hold(held)
        let (feed, line) = try open()
        bench.bus.advance(by: .seconds(5))
        try feed.turns(1)
        #expect(quotes.asked == [[held]])
        line.say(Self.ticker(90, held, tradedAt: .at(10, 0, 5)))
        bench.bus.advance(by: .milliseconds(500))
        try feed.turns(1)
        quotes.answer(.success([Self.quote(held, "101.05")]))
        try feed.turns(1)
        #expect(try prices() == ["NSE_FNO:1010 90.00"])
    }

    @Test func `a feed that brings no prices is connected anew, with an alarm`() throws {
        let (feed, line) = try open()
        line.say(Self.ticker(59_500, Fixtures.indexInstrument, tradedAt: .at(9, 20)))
        var asked = 0
        while !line.isClosed, asked < 60 {
            bench.bus.advance(by: .seconds(1))
            line.hear()
            try feed.turns(1)
            asked += 1
        }
        #expect(line.isClosed)
        // What was silent was subscribed to again before.
        #expect(line.sent.filter { $0.contains(#""SecurityId":"25""#) }.count > 1)
        try feed.turns(2)
        let next = try sockets.second()
        next.open()
        // Nothing but the packet after the subscription.
        next.say(Self.ticker(59_500, Fixtures.indexInstrument, tradedAt: .at(9, 20)))
        for _ in 0..<21 {
            bench.bus.advance(by: .seconds(1))
            try feed.turns(1)
        }
        #expect(try bench.entries(Keys.alarms).map { $0["severity"] } == ["critical"])
    }

    @Test(arguments: [806, 809])
    func `another account's feed takes over where the broker gives this one nothing:`(code: Int)
        throws
    {
        let spare = DhanAccess(clientID: "1000000002", token: LiveTokens())
        let (feed, line) = try open(spares: [spare])
        line.say([50, 10, 0, 0, 0, 0, 0, 0, UInt8(code & 0xff), UInt8(code >> 8)])
        try feed.turns(3)
        #expect(line.isClosed)
        let next = try sockets.second()
        #expect(next.request.target.contains("clientId=1000000002"))
        next.open()
        try feed.turns(1)
        #expect(next.sent == line.sent.filter { $0 != FeedRequest.goodbye })
    }

    @Test func `sent away as one too many, an account rests, also once the feed is back at it`()
        throws
    {
        let spare = DhanAccess(clientID: "1000000002", token: LiveTokens())
        let (feed, line) = try open(spares: [spare])
        func asked(by client: Int) -> Int {
            sockets.lines.count { $0.request.target.contains("clientId=\(client)") }
        }
        line.say([50, 10, 0, 0, 0, 0, 0, 0, 0x25, 0x03])
        try feed.turns(1)
        // The accounts take turns of twenty seconds: at forty, it is the first one's again.
        for _ in 0..<59 {
            bench.bus.advance(by: .seconds(1))
            try feed.turns(1)
        }
        #expect(asked(by: 1_000_000_001) == 1)
        #expect(asked(by: 1_000_000_002) > 0)
        for _ in 0..<40 {
            bench.bus.advance(by: .seconds(1))
            try feed.turns(1)
        }
        #expect(asked(by: 1_000_000_001) > 1)
    }
}
