import DhanSimulator
import Support
import Testing
import Trading

@Suite("The simulator: words on the order socket")
struct WordTests {
    /// The keys of the broker's own feed, in its casing.
    private static let keys = [
        "exchange", "segment", "source", "securityId", "clientId", "exchOrderNo", "orderNo",
        "product", "txnType", "orderType", "validity", "discQuantity", "discQtyRem",
        "remainingQuantity", "quantity", "tradedQty", "price", "triggerPrice", "tradedPrice",
        "avgTradedPrice", "algoOrdNo", "offMktFlag", "orderDateTime", "exchOrderTime",
        "lastUpdatedTime", "remarks", "mktType", "reasonDescription", "legNo", "instrument",
        "symbol", "productName", "status", "lotSize", "strikePrice", "expiryDate", "optType",
        "displayName", "isin", "series", "goodTillDaysDate", "refLtp", "tickSize", "algoId",
        "multiplier", "correlationId",
    ]

    private static func words(
        _ rates: [Fault: Int], _ change: (inout EngineSettings) -> Void = { _ in }
    )
        -> [String]
    {
        var counter = Counter {
            $0.rates = FaultRates(rates)
            change(&$0)
        }
        counter.quote("100.00", bid: "99.95", ask: "100.00")
        counter.order()
        counter.wait(10_000)
        return counter.words
    }

    @Test func `a word has the wire's keys, and what it means`() {
        let word = JSON(parsing: Self.words([:]).last ?? "")
        let data = word?["Data"]
        #expect(data?.members?.map(\.key) == Self.keys)
        #expect(data?["status"]?.string == "Traded")
        #expect(data?["tradedQty"] == 35)
        #expect(data?["avgTradedPrice"] == 100)
        #expect(data?["strikePrice"] == 59500)
        #expect(data?["displayName"]?.string == "BANKNIFTY 30 DEC 59500 CALL")
        #expect(data?["lastUpdatedTime"]?.string == "2025-12-15 10:00:00")
    }

    @Test func `the documented casing, and numbers as texts`() {
        let data = JSON(parsing: Self.words([.wordPascal: 100, .wordTexts: 100]).last ?? "")?[
            "Data"]
        #expect(data?["TradedQty"]?.string == "35")
        #expect(data?["OrderNo"] != nil)
        #expect(Self.words([:], { $0.shapes = .documented }).last?.contains("\"OrderNo\"") == true)
    }

    @Test(
        "What goes wrong with a word",
        arguments: [
            (Fault.wordLost, 0), (.wordTwice, 6), (.wordJoined, 3), (.wordForeign, 6),
            (.wordVeryLate, 3),
        ])
    func broken(fault: Fault, count: Int) {
        let words = Self.words([fault: 100])
        #expect(words.count == count)
        let readable = words.count { JSON(parsing: $0) != nil }
        if fault == .wordJoined { #expect(readable == 0) }
    }

    @Test("A socket ends", arguments: [Fault.socketReset, .socketSilent, .socketBusy])
    func ends(fault: Fault) {
        var counter = Counter { $0.rates = FaultRates([fault: 100]) }
        counter.order()
        let end: Engine.SocketEnd =
            switch fault {
            case .socketReset: .reset
            case .socketBusy: .busy
            default: .silence
            }
        #expect(counter.ends.first == end)
    }
}
