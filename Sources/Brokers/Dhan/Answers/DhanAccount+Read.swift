import Trading

extension DhanPosition {
    init(_ row: DhanRow) throws(DhanUnreadable) {
        instrument = try row.instrument()
        symbol = try row.find("tradingSymbol") ?? ""
        product = try row.find("productType") ?? ""
        net = try row.signedQuantity("netQty")
        realized = try row.findMoney("realizedProfit") ?? .zero
        unrealized = try row.findMoney("unrealizedProfit") ?? .zero
        let isPossible =
            switch try row.find("positionType")?.uppercased() {
            case "LONG": net > .zero
            case "SHORT": net < .zero
            case "CLOSED": net == .zero
            default: true
            }
        guard isPossible else { throw row.error("netQty", "contradicts positionType") }
    }

    static func list(_ json: JSON) throws(DhanUnreadable) -> [DhanPosition] {
        var positions: [DhanPosition] = []
        for row in try json.rows("position") {
            if let position = try row.read(DhanPosition.init(_:)) { positions.append(position) }
        }
        return positions
    }
}

extension DhanFunds {
    init(_ json: JSON) throws(DhanUnreadable) {
        let row = try DhanRow(json["data"] ?? json, "funds")
        // Misspelt on the wire; the other spelling would be its correction.
        if let misspelt = try row.findMoney("availabelBalance") {
            available = misspelt
        } else {
            available = try row.money("availableBalance")
        }
        collateral = try row.findMoney("collateralAmount") ?? .zero
        utilized = try row.findMoney("utilizedAmount") ?? .zero
        startOfDay = try row.findMoney("sodLimit") ?? .zero
        withdrawable = try row.findMoney("withdrawableBalance") ?? .zero
    }
}

extension DhanProfile {
    init(_ json: JSON) throws(DhanUnreadable) {
        let row = try DhanRow(json["data"] ?? json, "profile")
        clientID = try row.identifier("dhanClientId")
        tokenValidUntil = try row.find("tokenValidity").flatMap(EventTime.init(indian:))
        let active = try row.find("activeSegment") ?? ""
        segments = active.split(separator: ",")
            .map { String($0.filter { $0 != " " }) }.filter { !$0.isEmpty }
        hasDataPlan = try row.find("dataPlan")?.uppercased() == "ACTIVE"
        hasDerivatives = segments.contains { ["D", "DERIVATIVE"].contains($0.uppercased()) }
    }
}

extension DhanAddresses {
    init(_ json: JSON) throws(DhanUnreadable) {
        let row = try DhanRow(json["data"] ?? json, "addresses")
        primary = try row.find("primaryIP") ?? ""
        secondary = try row.find("secondaryIP") ?? ""
        let own = try row.find("ip")
        seen = try row.find("detectedIP") ?? own
        match = try row.find("ipMatchStatus")
        switch row["ordersAllowed"] {
        case .bool(let value): ordersAllowed = value
        case let value: ordersAllowed = value?.plainText.flatMap { Bool(text: $0.lowercased()) }
        }
        guard !primary.isEmpty || seen != nil || ordersAllowed != nil else {
            throw row.error("primaryIP", "is missing")
        }
    }
}

extension DhanProfitExit {
    init(_ json: JSON) throws(DhanUnreadable) {
        let row = try DhanRow(json["data"] ?? json, "pnlExit")
        switch try row.text("pnlExitStatus").uppercased() {
        case "ACTIVE": isActive = true
        case "INACTIVE", "DISABLED": isActive = false
        default: throw row.error("pnlExitStatus", "is no status")
        }
        profit = try row.findMoney("profit")
        loss = try row.findMoney("loss")
        let named = (json["data"] ?? json)["productType"]?.elements?.compactMap(\.plainText) ?? []
        products = named.isEmpty ? nil : named
    }
}

enum DhanKillSwitch {
    static func isOn(_ json: JSON) throws(DhanUnreadable) -> Bool {
        let row = try DhanRow(json["data"] ?? json, "killswitch")
        switch try row.text("killSwitchStatus").uppercased() {
        case "ACTIVATE", "ACTIVATED", "ACTIVE": return true
        case "DEACTIVATE", "DEACTIVATED", "INACTIVE": return false
        default: throw row.error("killSwitchStatus", "is no status")
        }
    }
}

extension EventTime {
    /// A wall clock in India, in one of the broker's ways: `2025-07-07 09:25:05`,
    /// `30/03/2025 15:37`, `2026-01-01T00:00:00.000`.
    init?(indian text: String) {
        let halves = text.split { $0 == " " || $0 == "T" }
        guard halves.count == 2 else { return nil }
        let date = halves[0].split(separator: "/")
        let day = date.count == 3 ? date.reversed().joined(separator: "-") : String(halves[0])
        let clock = halves[1].prefix { $0 != "." }
        guard let day = Day(text: day), let time = TimeOfDay(text: String(clock)) else {
            return nil
        }
        self.init(day, time)
        guard Readable.time.contains(milliseconds) else { return nil }
    }
}
