import HTTP
import Testing
import Trading

@testable import Brokers

/// Everything that was recorded is understood.
@Suite(.enabled(if: Recorded.isThere, "no recorded answers in ../shared/data/dhan_rest"))
struct DhanRecordedTests {
    /// How many of the recorded answers each reader has read.
    static func read() throws -> [String: Int] {
        var counts: [String: Int] = [:]
        for exchange in try Recorded.exchanges() {
            let json: JSON
            switch DhanAnswer(exchange.response).result {
            case .success(let value): json = value
            case .failure(let error):
                counts["errors", default: 0] += 1
                #expect(!"\(error)".contains("no JSON"), "\(exchange.path)")
                continue
            }
            counts[try reader(exchange)(json), default: 0] += 1
        }
        return counts
    }

    /// The reader for what was asked; it answers with its name.
    private static func reader(
        _ exchange: Recorded.Exchange
    ) -> (JSON) throws -> String {
        let path = exchange.path.split(separator: "?")[0].split(separator: "/").map(String.init)
        switch (exchange.method, path.first, path.dropFirst().first) {
        case ("GET", "orders", _): return { "orders \(try DhanOrder.book($0).count)" }
        case (_, "orders", _): return { "placed \(try Placed.one($0).number.text.isEmpty)" }
        case (_, "trades", _): return { "trades \(try DhanTrade.book($0).count)" }
        case ("GET", "positions", _): return { "positions \(try DhanPosition.list($0).count)" }
        case (_, "fundlimit", _): return { "funds \(try DhanFunds($0).collateral.paise)" }
        case (_, "profile", _): return { "profile \(try DhanProfile($0).hasDerivatives)" }
        case (_, "marketfeed", _): return { "quotes \(try DhanQuote.list($0).count)" }
        case (_, "optionchain", "expirylist"):
            return { "expiries \(try DhanExpiries.list($0).count)" }
        case (_, "optionchain", _): return { "chain \(try DhanOptionChain($0).strikes.isEmpty)" }
        case (_, "charts", _): return { "bars \(try DhanBar.list($0).isEmpty)" }
        default: return { _ in "other" }
        }
    }

    @Test func `every recorded answer parses`() throws {
        let counts = try Self.read()
        let errors = try #require(counts["errors"])
        #expect(errors >= 15)
        #expect(counts.values.reduce(0, +) > 90)
        #expect(counts["chain false"] == 10 && counts["bars true"] == nil)
        #expect(counts["profile true"] == 2 && counts["placed false"] == 5)
    }

    @Test func `positions with f32 noise are read to the paisa`() throws {
        let positions = try DhanPosition.list(Recorded.fixture("positions_2025-07-12.json"))
        let nifty = try #require(positions.first { $0.symbol == "NIFTY-Jul2025-25300-CE" })
        #expect(nifty.instrument == InstrumentID(.nseDerivatives, "47293"))
        #expect(nifty.realized.text == "-47583.75" && nifty.net == .zero)
    }

    @Test func `shares that are kept are in the recorded list, and are no open positions`() throws {
        let positions = try DhanPosition.list(Recorded.fixture("positions_2025-07-12.json"))
        #expect(positions.count { $0.net != .zero } == 3)
        let books = try DhanBooks(orders: [], trades: [], positions: positions).joined()
        #expect(books == BrokerBooks(orders: [], net: [:]))
    }

    @Test func `a recorded chain has its strikes in order, with dead ones at zero`() throws {
        let chain = try DhanOptionChain(Recorded.fixture("option_chain_nifty_23482.json"))
        #expect(chain.spot.text == "23482.15")
        #expect(chain.strikes.map(\.strike) == chain.strikes.map(\.strike).sorted())
        let dead = try #require(chain.strikes.first { $0.strike.text == "17600.00" })
        #expect(dead.call?.last.paise == 0)
        let live = try #require(chain.strikes.first { $0.strike.text == "22600.00" })
        #expect(live.call?.bid.text == "900.55" && live.put?.openInterest == 2_859_525)
    }
}
