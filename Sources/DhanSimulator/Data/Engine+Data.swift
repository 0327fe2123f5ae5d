import Trading

/// The data interfaces: quotes, option chain, charts.
extension Engine {
    mutating func data(_ call: Call, _ client: ClientID, now: EventTime) -> Reply? {
        let route = call.route
        if route[0] != "charts" {
            guard call.headers["client-id"] == client.text else {
                return .data(401, 810, "ClientId is invalid")
            }
        }
        guard accounts[client]?.hasData == true else {
            return .data(401, 806, "Data APIs not subscribed")
        }
        guard let body = call.json, body.members != nil else {
            return .data(400, 814, "Invalid Request")
        }
        switch (route[0], route.count > 1 ? route[1] : "") {
        case ("marketfeed", let what) where ["ltp", "ohlc", "quote"].contains(what):
            return quotes(body, what)
        case ("optionchain", ""): return optionChain(body, client, now: now)
        case ("optionchain", "expirylist"): return expiries(body, client, now: now)
        case ("charts", "intraday"): return bars(body, call, isDaily: false)
        case ("charts", "historical"): return bars(body, call, isDaily: true)
        default: return nil
        }
    }

    private static let mostInstruments = 1_000

    /// What is not known is silently missing; so is a segment that does not exist.
    private func quotes(_ body: JSON, _ what: String) -> Reply {
        var segments: [JSON.Member] = []
        var count = 0
        for member in body.members ?? [] {
            guard let segment = Segment(rawValue: member.key), let ids = member.value.array
            else { continue }
            count += ids.count
            let rows: [JSON.Member] = ids.compactMap(\.scalar).compactMap { id in
                let instrument = InstrumentID(segment, id)
                let row = market[instrument]
                guard row != nil || contract(instrument) != nil else { return nil }
                return .init(id, QuoteRow(row: row).json(what))
            }
            segments.append(.init(segment.text, .object(rows)))
        }
        guard count <= Self.mostInstruments else {
            return .data(400, 804, "Requested number of instruments exceeds limit")
        }
        return Reply(200, ["data": .object(segments), "status": "success"])
    }

    private mutating func expiries(
        _ body: JSON, _ client: ClientID, now: EventTime
    ) -> Reply {
        guard let index = index(body), let list = settings.instruments else {
            return .data(400, 813, "Invalid SecurityId")
        }
        guard takeChain("expiries of \(index.name)", client, now: now) else {
            return .data(429, 805, "Too many requests")
        }
        let days = list.expiries(of: index.name).filter { $0 >= now.day }
        return Reply(
            200, ["data": .array(days.map { .string($0.text) }), "status": "success"])
    }

    private func index(_ body: JSON) -> MarketIndex? {
        let id = body[anyCase: "underlyingScrip"]?.scalar
        let segment = body[anyCase: "underlyingSeg"]?.string.flatMap(Segment.init(rawValue:))
        guard let id, let segment else { return nil }
        return MarketIndex.with(id: InstrumentID(segment, id))
    }

    /// One unique request each three seconds.
    private mutating func takeChain(
        _ name: String, _ client: ClientID, now: EventTime
    ) -> Bool {
        let last = accounts[client]?.chains[name]
        if settings.limitsRates, let last, now - last < .seconds(3) { return false }
        _ = withAccount(client) { $0.chains[name] = now }
        return true
    }

    private mutating func optionChain(
        _ body: JSON, _ client: ClientID, now: EventTime
    ) -> Reply {
        guard let index = index(body), let list = settings.instruments else {
            return .data(400, 813, "Invalid SecurityId")
        }
        guard let expiry = body[anyCase: "expiry"]?.string.flatMap(Day.init(text:)) else {
            return .data(400, 811, "Invalid Expiry Date")
        }
        guard takeChain(index.name.text + expiry.text, client, now: now) else {
            return .data(429, 805, "Too many requests")
        }
        let calls = list.options(of: index.name, expiry: expiry, side: .call)
        let puts = list.options(of: index.name, expiry: expiry, side: .put)
        let byStrike = Dictionary(grouping: calls + puts) { $0.option?.strike.paise ?? 0 }
        let rows: [JSON.Member] = byStrike.sorted { $0.key < $1.key }.map { strike, options in
            let sides: [JSON.Member] = options.map { option in
                let side = option.option?.side == .call ? "ce" : "pe"
                let row = QuoteRow(row: market[option.id])
                return .init(side, row.chain(option.id, settings.shapes))
            }
            return .init(Trading.Decimal.format(strike, digits: 2) + "0000", .object(sides))
        }
        let spot = JSON.short(market[index.id]?.quote.ltp.paise ?? 0)
        return Reply(
            200, ["data": ["last_price": spot, "oc": .object(rows)], "status": "success"])
    }

    private func bars(_ body: JSON, _ call: Call, isDaily: Bool) -> Reply {
        guard let segment = body["exchangeSegment"]?.string.flatMap(Segment.init(rawValue:)),
            let id = body["securityId"]?.scalar,
            let from = body["fromDate"]?.string.flatMap(EventTime.init(chart:)),
            let text = body["toDate"]?.string, var end = EventTime(chart: text)
        else { return .badFields }
        if call.isFirstVersion, Int(id) == nil { return .badNumberOfFirstVersion(id) }
        guard isDaily || end - from <= .days(90) else {
            return .input("Data for Intraday Charts can be fetched for 90 days at a time")
        }
        let minutes = body["interval"]?.int ?? 1
        guard isDaily || [1, 5, 15, 25, 60].contains(minutes) else { return .badFields }
        // Recorded: a whole day as the end of minutes includes it, as the end of days it does not.
        if !isDaily, !call.isFirstVersion, !text.contains(" ") { end = end + .days(1) }
        let instrument = InstrumentID(segment, id)
        let all = market[instrument]?.bars ?? MinuteBars()
        let bars = all.merged(isDaily ? 24 * 60 : minutes, from: from, to: end)
        if bars.isEmpty, call.isFirstVersion { return .noDataOfFirstVersion }
        if market[instrument] == nil, contract(instrument) == nil {
            return .input(
                "System is unable to fetch data due to incorrect parameters or no data present")
        }
        return Reply(200, Self.columns(bars, isDaily: isDaily))
    }

    private static func columns(_ bars: [MinuteBar], isDaily: Bool) -> JSON {
        let prices: ((MinuteBar) -> Price) -> JSON = { price in
            .array(bars.map { .decimal(price($0)) })
        }
        return [
            "open": prices(\.open), "high": prices(\.high), "low": prices(\.low),
            "close": prices(\.close),
            "volume": .array(bars.map { .number("\($0.volume).0") }),
            "timestamp": .array(
                bars.map { bar in
                    let start = isDaily ? EventTime(bar.start.day, TimeOfDay(0, 0)) : bar.start
                    return .number("\(start.milliseconds / 1_000).0")
                }),
        ]
    }
}

extension Reply {
    fileprivate static func badNumberOfFirstVersion(_ id: String) -> Reply {
        let name: JSON = "INTERNAL_SERVER_ERROR"
        return Reply(
            500,
            [
                "errorCode": name, "httpStatus": name, "internalErrorCode": "RS-9005",
                "internalErrorMessage": .string("For input string: \"\(id)\""),
            ])
    }

    fileprivate static let noDataOfFirstVersion = Reply(
        400,
        [
            "errorCode": "NONE", "httpStatus": "BAD_REQUEST", "internalErrorCode": "RS-9005",
            "internalErrorMessage": "Data not available",
        ])
}

extension JSON {
    fileprivate subscript(anyCase key: String) -> JSON? {
        members?.last { $0.key.lowercased() == key.lowercased() }?.value
    }
}

extension EventTime {
    /// `2025-12-15` or `2025-12-15 10:00:00`.
    fileprivate init?(chart text: String) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard let day = parts.first.flatMap({ Day(text: String($0)) }) else { return nil }
        guard parts.count > 1 else {
            self.init(day, TimeOfDay(0, 0))
            return
        }
        guard parts.count == 2, let time = TimeOfDay(text: String(parts[1])) else { return nil }
        self.init(day, time)
    }
}
