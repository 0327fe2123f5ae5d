package import Trading

extension Engine {
    /// What a client may still spend.
    package func available(_ client: ClientID, without order: OrderNumber? = nil) -> Money {
        guard let account = accounts[client] else { return .zero }
        var blocked = Money.zero
        for number in account.working where number != order {
            guard let order = orders[number], order.isAtExchange,
                let price = order.request.price
            else { continue }
            var rest = order.request
            rest.quantity = order.remaining
            blocked += cost(of: rest, for: client, at: price)
        }
        return account.opening - account.spent - blocked - margin(of: account)
    }

    /// Premium of a purchase; margin of what a sale sells short.
    func cost(of request: OrderRequest, for client: ClientID, at price: Price) -> Money {
        let net = accounts[client]?.net(of: request.instrument) ?? .zero
        switch request.side {
        case .buy:
            // Buying back what was sold short takes nothing but what the margin gives.
            return net < .zero ? .zero : price * request.quantity
        case .sell:
            let short = request.quantity - max(net, .zero)
            return short > .zero ? shortMargin(of: request.instrument, short) : .zero
        }
    }

    private func margin(of account: SimulatedAccount) -> Money {
        account.holdings.reduce(.zero) { sum, holding in
            guard holding.value.net < .zero else { return sum }
            return sum + shortMargin(of: holding.key.instrument, Quantity(-holding.value.net.units))
        }
    }

    /// Twelve hundredths of the strike: the size of what the exchange's model asks for.
    private func shortMargin(of instrument: InstrumentID, _ quantity: Quantity) -> Money {
        let strike = contract(instrument)?.option?.strike ?? Price(paise: 10_000_00)
        return Percent.percent(12).of(strike * quantity)
    }

    /// Realised and not, without charges.
    package func profit(of client: ClientID) -> Money {
        guard let account = accounts[client] else { return .zero }
        return account.holdings.reduce(.zero) { sum, holding in
            let ltp = market[holding.key.instrument]?.quote.ltp
            return sum + holding.value.realised + (ltp.map(holding.value.unrealised) ?? .zero)
        }
    }

    /// The broker's own exit at a profit or a loss of the whole account.
    mutating func watchProfit(of instrument: InstrumentID, at time: EventTime) {
        for (client, account) in accounts
        where account.pnlExit?.isActive == true && account.net(of: instrument) != .zero {
            watchProfit(of: client, at: time)
        }
    }

    mutating func watchProfit(of client: ClientID, at time: EventTime) {
        guard let rule = accounts[client]?.pnlExit, rule.isActive else { return }
        let profit = profit(of: client)
        guard profit >= rule.profit || profit <= -rule.loss else { return }
        _ = withAccount(client) {
            $0.pnlExit?.isActive = false
            $0.isKilled = $0.isKilled || rule.killsSwitch
        }
        exitAll(client, at: time)
    }
}
