import Foundation
import HTTP
import Trading

@testable import Brokers

/// Throws broken answers at every reader. What a reader accepts must be something that the
/// pipeline can live with; that the process is still there afterwards is the rest of the test.
enum DhanFuzz {
    struct Report: Sendable {
        var cases = 0
        /// Answers that a reader took, by reader.
        var accepted: [String: Int] = [:]
        /// Of them, those that it must not have taken.
        var garbage: [String] = []
    }

    static func run(cases: Int, seed: UInt64, corpus: [[UInt8]]? = nil) -> Report {
        var mutation = Mutation(seed: seed)
        let corpus = corpus ?? (made + recorded)
        var report = Report()
        for _ in 0..<cases {
            let body = mutation.apply(to: corpus[mutation.below(corpus.count)])
            report.cases += 1
            check(HTTPResponse(status: mutation.status(), body: body), &report)
        }
        return report
    }

    /// Small enough to be tried often.
    private static let longest = 6_000

    private static let recorded: [[UInt8]] =
        ((try? Recorded.exchanges()) ?? []).map(\.body).filter { $0.count <= longest }

    private static let made: [[UInt8]] = [
        JSON.array([DhanRows.order(), DhanRows.order(["orderId": .string("113")])]),
        .array([DhanRows.trade(), DhanRows.trade(["exchangeTradeId": .string("10")])]),
        .array([DhanRows.position()]),
        .object(["orderId": .string("112"), "orderStatus": .string("TRANSIT")]),
        .array([.object(["orderId": .string("112"), "orderStatus": .string("TRANSIT")])]),
        .object(["status": .string("failed"), "data": .object(["805": .string("Too many")])]),
        .object(["killSwitchStatus": .string("ACTIVATE")]),
        .object(["pnlExitStatus": .string("ACTIVE"), "profit": .number("1"), "loss": .string("2")]),
        .object(["primaryIP": .string("10.0.0.1"), "ordersAllowed": .bool(true)]),
        .object(["accessToken": .string("eyJ"), "expiryTime": .string("2026-01-01T00:00:00.000")]),
    ].map { Array($0.text.utf8) }

    // MARK: The readers

    private static func check(_ response: HTTPResponse, _ report: inout Report) {
        guard case .success(let json) = DhanAnswer(response).result else {
            report.accepted["refused or unknown", default: 0] += 1
            return
        }
        for (name, reader) in readers {
            do {
                let faults = try reader(json)
                report.accepted[name, default: 0] += 1
                report.garbage += faults.map {
                    "\(name): \($0) in \(String(decoding: response.body.prefix(400), as: UTF8.self))"
                }
            } catch { continue }
        }
    }

    /// Each says what is wrong with what it has read.
    private static let readers: [(String, @Sendable (JSON) throws -> [String])] = [
        ("orders", { try DhanOrder.book($0).flatMap { faults(of: $0.order) } }),
        ("trades", { try DhanTrade.book($0).flatMap(faults) }),
        ("positions", { try DhanPosition.list($0).flatMap(faults) }),
        ("books", books),
        ("placed", { try faults(of: Placed.one($0).number) }),
        ("slices", { try Placed.slices($0).flatMap { faults(of: $0.number) } }),
        (
            "funds",
            { json in
                let funds = try DhanFunds(json)
                return [funds.available, funds.collateral, funds.utilized].flatMap(faults)
            }
        ),
        ("quotes", { try DhanQuote.list($0).flatMap { faults(of: $0.last) } }),
        (
            "chain",
            { json in
                let chain = try DhanOptionChain(json)
                return chain.strikes.flatMap { faults(of: $0.strike) }
            }
        ),
        ("expiries", { try DhanExpiries.list($0).filter { $0.civil.year < 1 }.map(\.text) }),
        ("bars", { try DhanBar.list($0).flatMap(faults) }),
        ("profile", { try faults(of: OrderNumber(DhanProfile($0).clientID)) }),
        (
            "addresses",
            {
                _ = try DhanAddresses($0); return []
            }
        ),
        (
            "kill switch",
            {
                _ = try DhanKillSwitch.isOn($0); return []
            }
        ),
        ("profit exit", { try [DhanProfitExit($0).loss].compactMap { $0 }.flatMap(faults) }),
        ("token", { try DhanMinted($0).token.secret.isEmpty ? ["empty"] : [] }),
    ]

    /// Whatever reads as one of the three lists, beside two that are in order.
    @Sendable private static func books(_ json: JSON) throws -> [String] {
        let orders = (try? DhanOrder.book(json)) ?? []
        let books = try DhanBooks(
            orders: orders, trades: (try? DhanTrade.book(json)) ?? [],
            positions: (try? DhanPosition.list(json)) ?? []
        ).joined()
        return books.orders.flatMap { order in
            faults(of: order)
                + (order.filled > .zero && order.value <= .zero ? ["filled for nothing"] : [])
                + (order.status == "TRADED" && order.filled != order.quantity ? ["half"] : [])
        }
    }

    private static func faults(of number: OrderNumber) -> [String] {
        let isPlain = number.text.wholeMatch(of: /[A-Za-z0-9_-]{1,40}/) != nil
        return isPlain && number.text != "0" ? [] : ["number '\(number)'"]
    }

    private static func faults(of order: BrokerOrder) -> [String] {
        let isSound =
            order.filled >= .zero && order.filled <= order.quantity
            && Readable.quantity.contains(order.quantity.units) && order.value >= .zero
            && Readable.money.contains(order.value.paise) && !order.status.isEmpty
        return faults(of: order.number) + (isSound ? [] : ["order \(order)"])
    }

    private static func faults(_ trade: DhanTrade) -> [String] {
        let isSound = trade.quantity > .zero && trade.value > .zero
        return faults(of: trade.order) + (isSound ? [] : ["trade \(trade)"])
    }

    private static func faults(_ position: DhanPosition) -> [String] {
        Readable.quantity.contains(position.net.units) ? [] : ["position \(position)"]
    }

    private static func faults(_ money: Money) -> [String] {
        Readable.money.contains(money.paise) ? [] : ["money \(money)"]
    }

    private static func faults(of price: Price) -> [String] {
        price.paise > 0 && Readable.price.contains(price.paise) ? [] : ["price \(price)"]
    }

    private static func faults(_ bar: DhanBar) -> [String] {
        let isSound =
            bar.low.paise > 0 && bar.low <= bar.close && bar.close <= bar.high && bar.volume >= 0
            && Readable.time.contains(bar.start.milliseconds)
        return isSound ? [] : ["bar \(bar)"]
    }
}
