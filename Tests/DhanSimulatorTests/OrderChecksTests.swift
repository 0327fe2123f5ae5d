import DhanSimulator
import Support
import Testing
import Trading

@Suite("The simulator: what is refused")
struct OrderChecksTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var changes: [String: JSON]
        var text: String
        var testDescription: String { name }
    }

    @Test(
        "At the door",
        arguments: [
            Case(name: "no quantity", changes: ["quantity": .null], text: "quantity is required"),
            Case(name: "no price", changes: ["price": .null], text: "Missing required fields"),
            Case(
                name: "a market order with a price", changes: ["orderType": "MARKET"],
                text: "Invalid Price for orderType"),
            Case(
                name: "an empty text", changes: ["disclosedQuantity": ""],
                text: "Missing required fields"),
            Case(
                name: "26 characters of correlation",
                changes: ["correlationId": "abcdefghijklmnopqrstuvwxyz"],
                text: "Missing required fields"),
            Case(
                name: "an unknown contract", changes: ["securityId": "1"],
                text: "Invalid SecurityId"),
            Case(
                name: "an option to be delivered", changes: ["productType": "CNC"],
                text: "Invalid ProductType"),
            Case(
                name: "a stop on the wrong side of its trigger",
                changes: ["orderType": "STOP_LOSS", "triggerPrice": .number("101.0")],
                text: "greater than or equal to Trigger"),
        ])
    func refused(row: Case) {
        var counter = Counter()
        let reply = counter.call("POST", "/v2/orders", Counter.body("BUY", 35, row.changes))
        #expect(reply?.status == 400)
        #expect(reply?.json?["errorMessage"]?.string?.contains(row.text) == true)
        #expect(counter.ledger.isEmpty)
    }

    @Test func `25 characters of correlation and a quantity as a text are taken`() {
        var counter = Counter()
        let body = Counter.body(
            "BUY", 35, ["correlationId": "abcdefghijklmnopqrstuvwxy", "quantity": "35"])
        #expect(counter.call("POST", "/v2/orders", body)?.status == 200)
    }

    @Test(
        "Later, in the book",
        arguments: [
            Case(name: "half a lot", changes: ["quantity": 36], text: "lot size 35"),
            Case(name: "more than the freeze", changes: ["quantity": 630], text: "freeze quantity"),
            Case(name: "off the tick", changes: ["price": .number("100.03")], text: "tick size"),
            Case(
                name: "above the band", changes: ["price": .number("135.0")], text: "Circuit Limits"
            ),
            Case(
                name: "beyond protection", changes: ["price": .number("141.0")], text: "protection"),
            Case(
                name: "more than the funds", changes: ["quantity": 105], text: "Insufficient Funds"),
        ])
    func rejected(row: Case) {
        var counter = Counter(funds: .rupees(5_000))
        counter.quote("100.00", bid: "99.90", ask: "100.10")
        if row.name == "above the band" {
            counter.engine.market.setBand(Fixtures.call, from: "70.00", to: "130.00")
        }
        let number = counter.order("BUY", 35, row.changes)
        #expect(counter.status(number) == .rejected)
        let found = counter.call("GET", "/v2/orders/\(number)")?.json?.array?.first
        let text = found?["omsErrorDescription"]?.string ?? ""
        #expect(text.hasPrefix("RMS:\(number):"))
        #expect(text.contains(row.text))
    }

    @Test(
        "Outside the hours",
        arguments: [
            (EventTime.at(9, 14, 59), false), (.at(9, 15), true), (.at(15, 29, 59), true),
            (.at(15, 30), false),
        ] as [(EventTime, Bool)])
    func hours(time: EventTime, isOpen: Bool) {
        var counter = Counter { $0.profile.latency = .zero }
        counter.now = time
        let number = counter.order()
        #expect((counter.status(number) == .rejected) == !isOpen)
    }

    @Test func `an expired contract does not trade`() {
        var counter = Counter()
        counter.now = EventTime(Day(2025, 12, 31), TimeOfDay(10, 0))
        counter.engine.issue(to: Counter.client, Counter.token, now: counter.now)
        let number = counter.order()
        #expect(counter.status(number) == .rejected)
    }

    @Test func `who calls from elsewhere may look and not trade`() {
        var counter = Counter()
        _ = counter.engine.withAccount(Counter.client) { $0.isAddressGood = false }
        let reply = counter.call("POST", "/v2/orders", Counter.body())
        #expect(reply?.json?["errorMessage"]?.string == "Invalid IP")
        #expect(counter.call("GET", "/v2/orders")?.status == 200)
        let hidden = counter.call(
            "POST", "/v2/orders", Counter.body("BUY", 35, ["quantity": .null]))
        #expect(hidden?.json?["errorMessage"]?.string == "quantity is required")
    }
}

extension Counter {
    static func body(_ side: String, _ quantity: Int, _ changes: [String: JSON]) -> JSON {
        body(side, quantity, at: "100.00", changes)
    }

    mutating func order(
        _ side: String, _ quantity: Int, _ changes: [String: JSON]
    ) -> OrderNumber {
        order(side, quantity, at: "100.00", changes)
    }
}
