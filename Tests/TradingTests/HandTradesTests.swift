import Support
import Testing
import Trading

@Suite struct HandTradesTests {
    private func fill(
        _ side: OrderSide, _ units: Int, _ price: Price = "96.00"
    ) -> HandTrades.Fill {
        HandTrades.Fill(
            instrument: Fixtures.call, side: side, units: Quantity(units),
            value: price * Quantity(units))
    }

    private func balance(_ trades: HandTrades) -> HandTrades.Balance? {
        trades.balances[Fixtures.call]
    }

    @Test(
        "What is sold by hand comes out of what was bought by hand first",
        arguments: [
            // signed fills in turn, what the positions have at most; balance, value below zero
            ([-35], 70, -35, "3360.00"),
            ([-35, -35], 70, -70, "6720.00"),
            ([35, -35], 70, 0, "0.00"),
            ([35, -70], 70, -35, "3360.00"),
            ([-70, 35], 70, -35, "3360.00"),  // bought back
            ([-35, 70], 70, 35, "0.00"),
            ([-105], 70, -70, "6720.00"),  // 35 of them were never the positions'
            ([-105, 35], 70, -35, "3360.00"),
            ([-35], 0, 0, "0.00"),  // no position is open
        ] as [([Int], Int, Int, Money)]
    )
    func balances(fills: [Int], held: Int, units: Int, value: Money) {
        var trades = HandTrades(on: Fixtures.day)
        for (index, units) in fills.enumerated() {
            let side: OrderSide = units < 0 ? .sell : .buy
            _ = trades.note(
                fill(side, abs(units)), of: OrderNumber("9\(index)"), held: Quantity(held))
        }
        #expect(balance(trades) == HandTrades.Balance(units: Quantity(units), value: value))
    }

    @Test func `fills only rise, and each rise counts once`() {
        var trades = HandTrades(on: Fixtures.day)
        let told = [fill(.sell, 35), fill(.sell, 35), fill(.sell, 70, "97.00"), fill(.sell, 35)]
        var news: [Bool] = []
        for fill in told { news.append(trades.note(fill, of: "9001", held: Quantity(70))) }
        #expect(news == [true, false, true, false])
        #expect(balance(trades) == HandTrades.Balance(units: Quantity(-70), value: "6790.00"))
    }

    /// A position that was sold in full meanwhile: the account is short, and no cap hides it.
    @Test func `what was sold stays sold when the positions have less`() {
        var trades = HandTrades(on: Fixtures.day)
        _ = trades.note(fill(.sell, 35), of: "9001", held: Quantity(35))
        _ = trades.note(fill(.sell, 35), of: "9002", held: .zero)
        #expect(trades.sold(of: Fixtures.call) == Quantity(35))
    }

    @Test func `nobody leaves out more than was sold`() {
        var trades = HandTrades(on: Fixtures.day)
        _ = trades.note(fill(.sell, 70), of: "9001", held: Quantity(105))
        let first = trades.leaveOut(Quantity(35), of: Fixtures.call)
        #expect(first == HandTrades.Balance(units: Quantity(35), value: "3360.00"))
        let second = trades.leaveOut(Quantity(70), of: Fixtures.call)
        #expect(second == HandTrades.Balance(units: Quantity(35), value: "3360.00"))
        for instrument in [Fixtures.call, Fixtures.put] {
            let more = trades.leaveOut(Quantity(70), of: instrument)
            #expect(more == HandTrades.Balance())
        }
    }

    /// What was overlooked on one day must keep no exit of another from selling.
    @Test func `a new day begins with nothing, under the same rev`() {
        var trades = HandTrades(on: Fixtures.day)
        trades.rev = 4
        _ = trades.note(fill(.sell, 35), of: "9001", held: nil)
        #expect(trades.on(Fixtures.day) == trades)
        let next = trades.on(Fixtures.day + 1)
        #expect(next.sold(of: Fixtures.call) == .zero && next.orders.isEmpty && next.rev == 4)
    }

    @Test func `as text and back`() throws {
        var trades = HandTrades(on: Fixtures.day)
        trades.rev = 2
        _ = trades.note(fill(.sell, 35), of: "9001", held: nil)
        #expect(
            trades.fields
                == [
                    "day": "2025-12-15", "balance:NSE_FNO:51460": "-35 3360.00",
                    "order:9001": "NSE_FNO:51460 sell 35 3360.00", "rev": "2",
                ])
        #expect(try HandTrades(trades.fields) == trades)
    }

    @Test(
        "What cannot be read is an error",
        arguments: [("balance:NSE_FNO:51460", "-35"), ("balance:x", "-35 1.00"), ("order:9", "x")])
    func malformed(name: String, value: String) {
        var fields = HandTrades(on: Fixtures.day).fields
        fields[name] = value
        #expect(throws: FieldError.self) { try HandTrades(fields) }
    }
}
