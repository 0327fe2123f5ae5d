import Trading

/// The trader's own controls: kill switch, exit at a profit or loss, addresses.
extension Engine {
    func killSwitch(_ client: ClientID, _ text: String) -> JSON {
        ["dhanClientId": .string(client.text), "killSwitchStatus": .string(text)]
    }

    /// It does not flatten: nothing may be open.
    mutating func setKillSwitch(_ call: Call, _ client: ClientID) -> Reply {
        guard let account = accounts[client] else { return .badFields }
        switch call.query["killSwitchStatus"] {
        case "ACTIVATE":
            guard account.working.isEmpty, account.holdings.values.allSatisfy({ $0.net == .zero })
            else {
                return .order("Close all positions and cancel all pending orders first")
            }
            _ = withAccount(client) { $0.isKilled = true }
            return Reply(
                200, killSwitch(client, "Kill Switch has been successfully activated"))
        case "DEACTIVATE":
            _ = withAccount(client) { $0.isKilled = false }
            return Reply(
                200, killSwitch(client, "Kill Switch has been successfully deactivated"))
        default: return .badFields
        }
    }

    func pnlExit(of client: ClientID) -> JSON {
        guard let rule = accounts[client]?.pnlExit else {
            return [
                "pnlExitStatus": "INACTIVE", "profit": "0.00", "loss": "0.00", "productType": [],
                "enable_kill_switch": false,
            ]
        }
        return [
            "pnlExitStatus": rule.isActive ? "ACTIVE" : "INACTIVE",
            "profit": .string(rule.profit.text), "loss": .string(rule.loss.text),
            "productType": .array(rule.products.map(JSON.string)),
            "enable_kill_switch": .bool(rule.killsSwitch),
        ]
    }

    /// Fires at once where the threshold has been passed already.
    mutating func setPnLExit(_ call: Call, _ client: ClientID, now: EventTime) -> Reply {
        guard let body = call.json,
            let profit = body["profitValue"]?.scalar.flatMap(Money.init(text:)),
            let loss = body["lossValue"]?.scalar.flatMap(Money.init(text:)), profit > .zero,
            loss.paise != 0, let products = body["productType"]?.array?.compactMap(\.string),
            !products.isEmpty, products.allSatisfy({ ["INTRADAY", "DELIVERY"].contains($0) })
        else { return .badFields }
        let rule = SimulatedAccount.PnLExit(
            profit: profit, loss: Money(paise: abs(loss.paise)), products: products,
            killsSwitch: body["enableKillSwitch"]?.bool ?? false)
        _ = withAccount(client) { $0.pnlExit = rule }
        watchProfit(of: client, at: now)
        return Reply(
            200,
            [
                "pnlExitStatus": "ACTIVE",
                "message": "P&L based exit configured successfully",
            ])
    }

    func addresses(of client: ClientID, now: EventTime) -> JSON {
        let account = accounts[client]
        let primary = account?.addresses["PRIMARY"]
        let secondary = account?.addresses["SECONDARY"]
        let isGood = account?.mayTrade(at: now) == true
        return [
            "primaryIP": .string(primary?.text ?? ""),
            "secondaryIP": .string(secondary?.text ?? ""),
            "modifyDatePrimary": .string(primary.map { ($0.since + 7).text } ?? ""),
            "modifyDateSecondary": .string(secondary.map { ($0.since + 7).text } ?? ""),
            "ip": .string(SimulatedAccount.caller),
            "ipMatchStatus": isGood ? "PRIMARY_MATCH" : "NO_MATCH",
            "ordersAllowed": .bool(isGood),
        ]
    }

    /// Locked for seven days once it is set.
    mutating func setAddress(_ call: Call, _ client: ClientID, now: EventTime) -> Reply {
        guard let body = call.json, let text = body["ip"]?.string, !text.isEmpty,
            let flag = body["ipFlag"]?.string, ["PRIMARY", "SECONDARY"].contains(flag)
        else { return .badFields }
        if let old = accounts[client]?.addresses[flag], now.day < old.since + 7 {
            return .input("IP can be modified once in 7 days")
        }
        _ = withAccount(client) {
            $0.addresses[flag] = SimulatedAccount.Address(text: text, since: now.day)
        }
        return Reply(200, ["message": "IP saved successfully", "status": "SUCCESS"])
    }
}
