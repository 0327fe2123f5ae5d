import MessageBus
import Settings
import Support
import Testing
import Trading
import Workers

/// An account with open positions must not be sold at another broker than it was bought at.
@Suite struct VenuesTests {
    private let bench = Bench()

    private func desk(isLive: Bool) throws -> Desk {
        Desk(
            try SquareoffSettings.parse(
                """
                indices: [BANKNIFTY]
                accounts:
                  alpha:
                    { capital: 200000, strategies: [], broker: dhan, live: true, client_id: "1",
                      token_file: /tmp/token }
                  bravo: { capital: 200000, strategies: [] }
                """, name: "test"), isLive: isLive)
    }

    private func open(_ count: Int) throws {
        for number in 0..<count {
            try bench.write(.addMember(Keys.open(0, "alpha"), "p\(number)"))
        }
    }

    @Test func `a run with money refuses an account with open positions on paper`() throws {
        #expect(try Layout.disagreement(try desk(isLive: false), bench.session) == nil)
        try open(2)
        let problem = try Layout.disagreement(try desk(isLive: true), bench.session)
        #expect(problem?.hasPrefix("account alpha has 2 open positions at paper") == true)
    }

    @Test func `a run without money refuses an account with open positions at the broker`() throws {
        #expect(try Layout.disagreement(try desk(isLive: true), bench.session) == nil)
        try open(1)
        #expect(try Layout.disagreement(try desk(isLive: true), bench.session) == nil)
        let problem = try Layout.disagreement(try desk(isLive: false), bench.session)
        #expect(problem?.hasPrefix("account alpha has 1 open positions at dhan") == true)
    }

    @Test func `an account without open positions goes where it is told`() throws {
        for isLive in [true, false, true] {
            #expect(try Layout.disagreement(try desk(isLive: isLive), bench.session) == nil)
            let venue = try bench.fields(Keys.layout)["venue:alpha"]
            #expect(venue == (isLive ? "dhan" : "paper"))
        }
        #expect(try bench.fields(Keys.layout)["venue:bravo"] == nil)
    }
}
