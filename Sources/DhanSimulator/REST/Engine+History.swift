package import Trading

/// What has been on other days: trades with their charges, and the account's statement.
extension Engine {
    /// About as many were seen.
    private static let page = 20

    /// A row an order, newest first; today's are not in it yet.
    func pastTrades(_ call: Call, _ client: ClientID, now: EventTime) -> Reply {
        guard let from = Day(text: call.route[1]), let to = Day(text: call.route[2]),
            let page = Int(call.route[3]), page >= 0
        else { return .error(500, "TRADE_RESOURCE_ERROR", "DH-906", "Unable to fetch trades") }
        let traded = orders.values.filter {
            $0.client == client && $0.filled > .zero && $0.updatedAt.day >= from
                && $0.updatedAt.day <= min(to, now.day + -1)
        }
        let sorted = traded.sorted {
            ($0.updatedAt, $0.number) > ($1.updatedAt, $1.number)
        }
        let rows = sorted.dropFirst(page * Self.page).prefix(Self.page).map {
            $0.pastRow(words($0.request.instrument))
        }
        return Reply(200, .array(rows))
    }

    /// Newest first, between the balances.
    func statement(_ call: Call, _ client: ClientID) -> Reply {
        guard let from = call.query["from-date"].flatMap(Day.init(text:)),
            let to = call.query["to-date"].flatMap(Day.init(text:)), let account = accounts[client]
        else { return .badFields }
        var balance = account.firstOpening
        for entry in account.statement where entry.day < from { balance += entry.amount }
        var rows = [StatementEntry.balance("OPENING BALANCE", balance, client)]
        for entry in account.statement where entry.day >= from && entry.day <= to {
            balance += entry.amount
            rows.append(entry.row(balance, client))
        }
        rows.append(StatementEntry.balance("CLOSING BALANCE", balance, client))
        return Reply(200, .array(rows.reversed()))
    }

    /// At the end of a day: what was bought and sold, and what it cost.
    mutating func writeStatement(_ client: ClientID, _ day: Day) {
        guard let account = accounts[client] else { return }
        let charges = account.charges.values.reduce(Money.zero, +)
        let entries = [
            StatementEntry(
                day: day, name: "Obligation for trades", amount: charges - account.spent),
            StatementEntry(day: day, name: "Charges", amount: -charges),
        ]
        _ = withAccount(client) { account in
            account.statement += entries.filter { $0.amount != .zero }
        }
    }

    /// Options that have expired are settled in cash by the index's last price, and pay the tax on
    /// an exercise.
    mutating func settle(_ client: ClientID, before day: Day) {
        for (key, holding) in accounts[client]?.holdings ?? [:] {
            guard let contract = contract(key.instrument), let option = contract.option,
                option.expiry < day
            else { continue }
            let index = MarketIndex.named(contract.index)?.id
            let close = index.flatMap { market[$0]?.quote.ltp } ?? option.strike
            let worth = option.side == .call ? close - option.strike : option.strike - close
            let value = max(worth, Price(paise: 0)) * Quantity(abs(holding.net.units))
            let amount =
                holding.net > .zero
                ? value - ExerciseTax.of(value, on: option.expiry) : -value
            _ = withAccount(client) { account in
                account.holdings[key] = nil
                account.opening += amount
                account.statement.append(
                    StatementEntry(day: option.expiry, name: "Final settlement", amount: amount))
            }
        }
    }
}

/// The tax on an option that is exercised, of its intrinsic value.
enum ExerciseTax {
    /// Raised with the budget of 2026.
    static func of(_ value: Money, on day: Day) -> Money {
        let basisPointTenths = day < Day(2026, 4, 1) ? 125 : 150
        return ExactAmount(nanorupees: value.paise * basisPointTenths * 100).toRupee
    }
}

/// A line of an account's statement.
package struct StatementEntry: Sendable, Hashable {
    package var day: Day
    package var name: String
    /// To the account, or from it.
    package var amount: Money

    func row(_ balance: Money, _ client: ClientID) -> JSON {
        Self.row(
            name, date: day.statementText,
            debit: amount < .zero ? (-amount).text : "0.00",
            credit: amount > .zero ? amount.text : "0.00", balance: balance.text, client)
    }

    static func balance(_ name: String, _ balance: Money, _ client: ClientID) -> JSON {
        row(
            name, date: "Jan 01, 1970", debit: "0.00", credit: "0.0",
            balance: balance == .zero ? "0" : balance.text, client)
    }

    private static func row(
        _ name: String, date: String, debit: String, credit: String, balance: String,
        _ client: ClientID
    ) -> JSON {
        [
            "dhanClientId": .string(client.text), "narration": .string(name),
            "voucherdate": .string(date), "exchange": "NSE_CASH", "voucherdesc": .string(name),
            "vouchernumber": "", "debit": .string(debit), "credit": .string(credit),
            "runbal": .string(balance),
        ]
    }
}

extension SimulatedOrder {
    fileprivate func pastRow(_ words: ContractWords) -> JSON {
        let charges = ChargeSchedule().charges(for: traded(on: updatedAt.day))
        return [
            "dhanClientId": .string(client.text),
            "orderId": .string(number.text),
            "exchangeOrderId": .string(exchangeNumber),
            // Aggregated: there is no single trade.
            "exchangeTradeId": "0",
            "transactionType": .string(request.side.wire),
            "exchangeSegment": .string(request.instrument.segment.text),
            "productType": .string(request.product.rawValue),
            "orderType": .string(request.kind.rawValue),
            "customSymbol": .string(words.display),
            "securityId": .string(request.instrument.securityID),
            "tradedQuantity": .int(filled.units),
            "tradedPrice": .noisy(value.paise, over: filled.units),
            "isin": "",
            "instrument": words.contract?.option == nil ? "EQUITY" : "OPTIDX",
            "sebiTax": .exact(charges.regulatorFee),
            "stt": .exact(charges.transactionTax),
            "brokerageCharges": .exact(charges.brokerage),
            "serviceTax": .exact(charges.serviceTax),
            "exchangeTransactionCharges": .exact(charges.transactionCharge),
            "stampDuty": .exact(charges.stampDuty),
            "createTime": "NA",
            "updateTime": "NA",
            "exchangeTime": .string(updatedAt.wire),
            "drvExpiryDate": "NA",
            "drvOptionType": .string(words.side),
            "drvStrikePrice": .decimal(words.strike),
        ]
    }

    /// For the schedule of charges.
    func traded(on day: Day) -> TradedOrder {
        TradedOrder(
            side: request.side == .buy ? .buy : .sell, segment: request.instrument.segment,
            value: value, day: day)
    }
}

extension JSON {
    /// Four digits at most: `20.0`, `0.7882`.
    fileprivate static func exact(_ amount: ExactAmount) -> JSON {
        var text = Trading.Decimal.format((amount.nanorupees + 50_000) / 100_000, digits: 4)
        while text.hasSuffix("0"), !text.hasSuffix(".0") { text.removeLast() }
        return .number(text)
    }
}

extension Day {
    /// `Jun 22, 2022`.
    fileprivate var statementText: String {
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        let (year, month, day) = civil
        return "\(months[month - 1]) \(day < 10 ? "0" : "")\(day), \(year)"
    }
}
