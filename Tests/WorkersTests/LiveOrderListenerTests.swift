import Brokers
import MessageBus
import Support
import Testing
import Trading
import Workers

@Suite struct `The order listener` {
    private let bench = Bench()
    private let sockets = LiveSockets()
    private let tokens = LiveTokens()

    private func listener(_ name: String = "one") throws -> OrderListener {
        OrderListener(
            try Bench.desk(), account: "alpha", access: .live(tokens), over: sockets,
            session: bench.bus.session(name), name: WorkerName(stage: "listener", given: name),
            log: Bench.quiet)
    }

    /// One that is logged in, and the broker's end of it.
    private func open() throws -> (OrderListener, LiveSockets.Line) {
        let listener = try listener()
        try listener.turns(2)
        let line = try #require(sockets.lines.last)
        line.open()
        try listener.turns(1)
        return (listener, line)
    }

    private static func alert(
        _ number: String = "7001", status: String = "Traded", filled: Int = 35,
        client: String = "1000000001"
    ) -> String {
        #"{"Data":{"orderNo":"\#(number)","status":"\#(status)","tradedQty":\#(filled),"#
            + #""avgTradedPrice":100.05,"clientId":"\#(client)"},"Type":"order_alert"}"#
    }

    private func events() throws -> [BrokerEvent] {
        try bench.entries(Keys.brokerEvents(0)).map { try BrokerEvent($0) }
    }

    private func askedAt() throws -> Int? {
        guard
            case .number(let at) = try bench.answer(
                .score(Keys.reconcileDue(0), member: "alpha"))
        else { return nil }
        return at
    }

    @Test func `it logs in, and asks for the books of the account`() throws {
        let (_, line) = try open()
        #expect(line.request.description == "wss://api-order-update.dhan.co:443")
        #expect(
            line.sent == [
                #"{"LoginReq":{"MsgCode":42,"ClientId":"1000000001","Token":"secret-1"},"#
                    + #""UserType":"SELF"}"#
            ])
        #expect(try askedAt() == Bench.morning.milliseconds)
    }

    @Test func `what the broker says is written as it was said`() throws {
        let (listener, line) = try open()
        line.say(Self.alert() + Self.alert("7002", status: "Pending", filled: 0))
        try listener.turns(1)
        let events = try events()
        #expect(events.map(\.number) == ["7001", "7002"])
        #expect(events.map(\.status) == ["Traded", "Pending"])
        #expect(events.allSatisfy { $0.source == "socket" && $0.account == "alpha" })
        #expect(events.first?.averagePrice == "100.05")
        #expect(listener.pulse.snapshot.handled == 2)
    }

    @Test func `an alert for another client is nobody's here`() throws {
        let (listener, line) = try open()
        line.say(Self.alert(client: "999") + Self.alert("7002"))
        try listener.turns(1)
        #expect(try events().map(\.number) == ["7002"])
    }

    @Test func `after each connect the books are asked for again`() throws {
        let (listener, line) = try open()
        try bench.write(.unschedule(Keys.reconcileDue(0), member: "alpha"))
        line.say(Self.alert())
        line.end()
        try listener.turns(1)
        #expect(try events().count == 1)
        #expect(try askedAt() == nil)
        bench.bus.advance(by: .seconds(1))
        try listener.turns(2)
        #expect(sockets.lines.count == 2)
        try sockets.second().open()
        try listener.turns(1)
        #expect(try sockets.second().sent.count == 1)
        #expect(try askedAt() == (Bench.morning + .seconds(1)).milliseconds)
    }

    @Test func `what was not believed is looked up in the books`() throws {
        let (listener, line) = try open()
        try bench.write(.unschedule(Keys.reconcileDue(0), member: "alpha"))
        line.say(Self.alert(filled: -1))
        try listener.turns(1)
        #expect(try events() == [])
        #expect(try askedAt() == Bench.morning.milliseconds)
    }

    @Test func `what the server may not have is written again`() throws {
        let (listener, line) = try open()
        // Its stream cannot be written to for now.
        try bench.write(.setText(Keys.brokerEvents(0), "x"))
        line.say(Self.alert())
        #expect(throws: BusError.self) { try listener.turns(1) }
        listener.failed()
        bench.bus.remove(Keys.brokerEvents(0))
        line.say(Self.alert("7002"))
        try listener.turns(1)
        #expect(try events().map(\.number) == ["7001", "7002"])
        #expect(!line.isClosed && sockets.lines.count == 1)
    }

    @Test func `a reset right after the login asks for another token`() throws {
        let (listener, line) = try open()
        line.end()
        try listener.turns(1)
        #expect(tokens.replaced == 1)
        bench.bus.advance(by: .seconds(2))
        try listener.turns(2)
        try sockets.second().open()
        try listener.turns(1)
        #expect(try sockets.second().sent.first?.contains("secret-2") == true)
        // One that was heard of is the network's fault.
        try sockets.second().say("2")
        try sockets.second().end()
        try listener.turns(1)
        #expect(tokens.replaced == 1)
    }

    @Test func `without a token nothing is connected, and it tries again`() throws {
        tokens.fail(.later("asleep"))
        let listener = try listener()
        try listener.turns(2)
        #expect(sockets.lines.isEmpty)
        tokens.fail(nil)
        bench.bus.advance(by: .seconds(1))
        try listener.turns(2)
        #expect(sockets.lines.count == 1)
    }

    @Test func `told of too many connections, it stays away for a minute`() throws {
        let (listener, line) = try open()
        line.say("429 Too Many Requests")
        line.end(.closed(code: nil))
        try listener.turns(1)
        bench.bus.advance(by: .seconds(59))
        try listener.turns(2)
        #expect(sockets.lines.count == 1)
        bench.bus.advance(by: .seconds(31))
        try listener.turns(2)
        #expect(sockets.lines.count == 2)
    }

    @Test func `it pings, and silence is a lost connection`() throws {
        let (listener, line) = try open()
        for _ in 0..<3 {
            bench.bus.advance(by: .seconds(15))
            line.hear()
            try listener.turns(1)
        }
        #expect(line.pings == 3 && !line.isClosed)
        bench.bus.advance(by: .seconds(45))
        try listener.turns(1)
        #expect(line.isClosed)
    }

    @Test(arguments: [(true, true), (false, false)])
    func `its silence is suspect while an order works:`(isWorking: Bool, asks: Bool) throws {
        let (listener, line) = try open()
        try bench.write(.unschedule(Keys.reconcileDue(0), member: "alpha"))
        if isWorking {
            try bench.write(.schedule(Keys.ordersDue(0), member: "251215-7k2m9qwzx-x1-1", at: 1))
        }
        for _ in 0..<4 {
            bench.bus.advance(by: .seconds(15))
            line.hear()
            try listener.turns(1)
        }
        #expect(try (askedAt() != nil) == asks)
    }

    @Test func `one listens, the other takes over when it is gone`() throws {
        let (first, line) = try open()
        let second = try listener("two")
        try second.turns(3)
        #expect(sockets.lines.count == 1)
        #expect(second.pulse.snapshot.role == "standby")
        // The first is killed: nobody renews its lease.
        bench.bus.advance(by: .seconds(4))
        try second.turns(2)
        #expect(sockets.lines.count == 2)
        #expect(second.pulse.snapshot.role == "holder")
        // Frozen and not dead, it finds that somebody else listens.
        line.say(Self.alert())
        try first.turns(1)
        #expect(first.pulse.snapshot.role == "standby")
        #expect(line.isClosed)
        #expect(try events() == [])
    }

    @Test func `who leaves gives the lease back, with what was said`() throws {
        let (first, line) = try open()
        try bench.write(.setText(Keys.brokerEvents(0), "x"))
        line.say(Self.alert())
        #expect(throws: BusError.self) { try first.turns(1) }
        bench.bus.remove(Keys.brokerEvents(0))
        try first.leave()
        #expect(line.isClosed)
        #expect(try events().count == 1)
        let second = try listener("two")
        try second.turns(2)
        #expect(sockets.lines.count == 2)
    }

    @Test func `people are told once of a socket that stays down, and once that it is back`() throws
    {
        let (listener, line) = try open()
        line.end()
        for _ in 0..<60 {
            bench.bus.advance(by: .seconds(1))
            try listener.turns(1)
            if sockets.lines.count > 1 { sockets.lines.last?.end(.refused(status: 502)) }
        }
        let told = try bench.entries(Keys.alarms).map { try Alarm($0) }
        #expect(
            told.map(\.message) == [
                "the order socket of alpha is down: the handshake was answered 502"
            ])
        #expect(told.first?.account == "alpha")
        bench.bus.advance(by: .seconds(60))
        try listener.turns(2)
        sockets.lines.last?.open()
        try listener.turns(1)
        #expect(try bench.entries(Keys.alarms).count == 2)
    }
}
