import DhanSimulator
import MessageBus
import Redis
import Support
import Testing
import Trading

extension PipelineTests {
    /// At a broker, over the network: what no stage shows by itself.
    @Suite(.timeLimit(.minutes(30))) struct `an account that trades with money` {
        private func with(_ body: (LiveDesk) async throws -> Void) async throws {
            let desk = try await LiveDesk()
            do {
                try await body(desk)
            } catch {
                await desk.close()
                throw error
            }
            await desk.close()
        }

        /// P8.
        @Test
        func `a silent feed is replaced by quotes, and without those its position is closed`()
            async throws
        {
            try await with { desk in
                let id = try await desk.open()
                let silentSince = try await EventTime(text: desk.lastPriceAt())
                await desk.simulator.setFaults(FaultRates([.tickLost: 100]))
                // Longer than the rule would wait: only the quotes keep it open.
                try await desk.wait(for: "quotes over REST") {
                    let at = try await EventTime(text: desk.lastPriceAt())
                    return try #require(at) >= #require(silentSince) + .seconds(25)
                }
                #expect(try desk.status(of: id) == .active)
                try await desk.client(#""data_plan":false"#)
                try await desk.wait(for: "the protective exit") {
                    try desk.status(of: id) == .exited
                }
                #expect(
                    try desk.position(id)[Field.exitReason.rawValue]
                        == ExitReason.staleFeed.rawValue)
                #expect(try await desk.ask("positions").contains(#""netQty":0"#))
                try await desk.wait(for: "the alarm") {
                    try desk.alarms().contains { $0.contains("no data plan") }
                }
            }
        }

        /// The broker would take no exit any more.
        @Test func `the kill switch waits until the account is flat at the broker`() async throws {
            try await with { desk in
                let id = try await desk.open()
                try await desk.control("market", #"{"halted":true}"#)
                let flatten = try desk.flatten("--kill-switch")
                try await desk.wait(for: "an exit that rests") {
                    await !desk.ledger("opened", .sell).isEmpty
                }
                try await desk.wait(for: "a look at what is not flat") {
                    flatten.output.contains("not flat:")
                }
                #expect(try await desk.ask("killswitch").contains("DEACTIVATE"))
                #expect(flatten.isAlive)
                try await desk.control("market", #"{"halted":false}"#)
                #expect(try flatten.end() == 0, "\(flatten.output)\(flatten.errors)")
                #expect(flatten.output.contains("flat, and switched off at the broker"))
                #expect(try await desk.ask("killswitch").contains(#""ACTIVATE""#))
                #expect(try await desk.ask("positions").contains(#""netQty":0"#))
                #expect(try desk.status(of: id) == .exited)
            }
        }

        @Test func `a flatten that verifies waits for the broker's books and switches nothing off`()
            async throws
        {
            try await with { desk in
                let id = try await desk.open()
                try await desk.control("market", #"{"halted":true}"#)
                let flatten = try desk.flatten("--verify")
                try await desk.wait(for: "a look at what is not flat") {
                    flatten.output.contains("\(Fixtures.instrument().symbol) open here")
                }
                #expect(flatten.isAlive)
                try await desk.control("market", #"{"halted":false}"#)
                #expect(try flatten.end() == 0, "\(flatten.output)\(flatten.errors)")
                #expect(flatten.output.contains("\(LiveDesk.account): flat at the broker"))
                #expect(try await desk.ask("positions").contains(#""netQty":0"#))
                #expect(try await desk.ask("killswitch").contains("DEACTIVATE"))
                #expect(try desk.status(of: id) == .exited)
            }
        }

        @Test func `an exit that a wrong address keeps out goes on until it is let in`()
            async throws
        {
            try await with { desk in
                let id = try await desk.open()
                try await desk.client(#""address_good":false"#)
                let exit = try desk.start("exit", id.text, "--reason", "test")
                #expect(try exit.end() == 0, "\(exit.errors)")
                // Beyond those that follow each other at once.
                try await desk.wait(for: "tries at the broker's door") {
                    await desk.ledger("turned_away", .sell).count >= 6
                }
                let halt = Halts.haltField(.account(LiveDesk.account))
                try await desk.wait(for: "the halt") {
                    try desk.hash(Keys.halt)[halt] == "the broker: invalid IP"
                }
                try await desk.wait(for: "the alarm") {
                    try desk.alarms().contains {
                        $0.contains("takes no orders from this machine's address")
                    }
                }
                try await desk.client(#""address_good":true"#)
                try await desk.wait(for: "the exit") {
                    try desk.status(of: id) == .exited
                }
                #expect(await desk.ledger("accepted", .sell).count == 1)
                // What only a person can mend is resumed by a person.
                #expect(try desk.hash(Keys.halt)[halt] != nil)
            }
        }
    }
}

extension LiveDesk {
    /// `100.00 bid=99.95 ask=100.00 at=1765771368948`
    fileprivate func lastPriceAt() async throws -> String {
        var last = ""
        try await wait(for: "a price") {
            let text = try hash(Keys.ltp(0))[Fixtures.call.text] ?? ""
            last = text.split(separator: " ").last.map { String($0.dropFirst("at=".count)) } ?? ""
            return !last.isEmpty
        }
        return last
    }
}
