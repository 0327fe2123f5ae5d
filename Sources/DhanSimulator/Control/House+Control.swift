import NIOCore
import Trading

/// What a test or a person asks of the simulator itself, which no broker would answer.
extension House {
    func control(_ call: Call) -> Reply {
        let what = call.route.dropFirst().first ?? ""
        return perform { state, now in
            switch (call.method, what) {
            case ("GET", "ledger"):
                let text = state.ledger.map { $0 + "\n" }.joined()
                return Reply(200, type: "application/x-ndjson", text)
            case ("GET", "quiet"):
                return Reply(200, ["quiet": .bool(state.engine.isQuiet)])
            case ("GET", "sockets"):
                let orders = state.customers.values.joined().map(\.channel)
                let feed = state.feed.channels
                return Reply(
                    200,
                    [
                        "orders": .int(orders.count), "feed": .int(feed.count),
                        "orders_from": Self.addresses(orders), "feed_from": Self.addresses(feed),
                    ])
            case ("GET", "calls"):
                return Reply(200, ["calls": .int(state.callCount)])
            case ("GET", "tokens"):
                let good = state.engine.accounts.values.sorted { $0.client < $1.client }
                    .map { ($0.client.text, $0.token.map { now < $0.expiresAt } ?? false) }
                return Reply(200, .object(good.map { .init($0, .bool($1)) }))
            case ("GET", "faults"):
                let given = state.engine.given.sorted { $0.key.rawValue < $1.key.rawValue }
                return Reply(
                    200, .object(given.map { .init($0.key.rawValue, .int($0.value)) }))
            case ("POST", "calm"):
                state.engine.calm(at: now)
                return Reply(200, ["quiet": .bool(state.engine.isQuiet)])
            case ("POST", _):
                guard let json = call.json else { return Self.wrong("the body is no JSON") }
                return state.control(what, json, now: now)
                    ?? .notFound(call.path, at: now.milliseconds)
            default: return .notFound(call.path, at: now.milliseconds)
            }
        }
    }

    private static func addresses(_ channels: [any Channel]) -> JSON {
        .array(channels.compactMap { $0.remoteAddress?.ipAddress }.sorted().map { .string($0) })
    }

    static func wrong(_ text: String) -> Reply { Reply(400, ["error": .string(text)]) }
}

extension House.State {
    fileprivate mutating func control(_ what: String, _ json: JSON, now: EventTime) -> Reply? {
        switch what {
        case "clients": clients(json, now: now)
        case "quotes": quotes(json, now: now)
        case "clock": clock(json)
        case "faults": faults(json)
        case "tokens": tokens(json, now: now)
        case "settings": settings(json)
        case "market": market(json, now: now)
        case "handshakes": handshakes(json)
        default: nil
        }
    }

    /// `{"client": "1000000001", "token": "…", "funds": "100000.00", "pin": "123456"}`
    private mutating func clients(_ json: JSON, now: EventTime) -> Reply {
        guard let text = json["client"]?.scalar, !text.isEmpty else {
            return House.wrong("client: missing")
        }
        let client = ClientID(text)
        var account =
            engine.accounts[client]
            ?? SimulatedAccount(client, token: nil, opening: .rupees(1_000_000))
        if let funds = json["funds"] {
            guard let money = funds.scalar.flatMap(Money.init(text:)) else {
                return House.wrong("funds: no amount of rupees")
            }
            account.opening = money
        }
        account.pin = json["pin"]?.scalar ?? account.pin
        account.totpSecret = json["totp_secret"]?.string ?? account.totpSecret
        account.isAddressGood = json["address_good"]?.bool ?? account.isAddressGood
        account.hasData = json["data_plan"]?.bool ?? account.hasData
        engine.add(account)
        if let token = json["token"]?.string { engine.issue(to: client, token, now: now) }
        return Reply(200, ["client": .string(text)])
    }

    /// `{"client": "…", "do": "kill"}`, or `issue` with an optional `token`.
    private mutating func tokens(_ json: JSON, now: EventTime) -> Reply {
        guard let client = json["client"]?.scalar.map({ ClientID($0) }),
            engine.accounts[client] != nil
        else { return House.wrong("client: unknown") }
        switch json["do"]?.string {
        case "kill":
            engine.killToken(of: client)
            return Reply(200, ["token": .null])
        case "issue":
            let token = engine.issue(to: client, json["token"]?.string, now: now)
            return Reply(200, ["token": .string(token.text)])
        default: return House.wrong("do: kill or issue")
        }
    }

    /// `{"at": "2025-12-15T10:00:00", "running": true}`, or `at` in milliseconds.
    private mutating func clock(_ json: JSON) -> Reply {
        guard let time = json["at"]?.scalar.flatMap(EventTime.init(control:)) else {
            return House.wrong("at: no time")
        }
        let isRunning = json["running"]?.bool ?? true
        if case .stopped = clock, !isRunning {
            // Whoever moves a stopped clock plays time itself: what falls due is done.
            clock = .stopped(time)
            engine.run(now: time)
        } else {
            engine.clockMoved(by: time - clock.now(wall: House.wall()))
            clock = isRunning ? .starting(at: time) : .stopped(time)
        }
        return Reply(200, ["at": .int(time.milliseconds)])
    }

    /// `{"hold": 8, "hide": 10}`, or `{"all": true}`, `{"none": true}`.
    private mutating func faults(_ json: JSON) -> Reply {
        var rates = engine.settings.rates
        let list = (json.members ?? []).map { member in
            member.value.int.map { "\(member.key)=\($0)" } ?? member.key
        }.joined(separator: ",")
        do throws(FaultListError) {
            try rates.set(list)
        } catch {
            return House.wrong(error.description)
        }
        engine.setRates(rates)
        return Reply(200, .object(rates.named.map { .init($0.name, .int($0.hundredths)) }))
    }

    /// `{"halted": true}`, or `{"closed": "2025-12-15"}` for a holiday that nobody expected.
    private mutating func market(_ json: JSON, now: EventTime) -> Reply {
        engine.setHalted(json["halted"]?.bool ?? engine.settings.isHalted, at: now)
        if let text = json["closed"] {
            guard let day = text.string.flatMap(Day.init(text:)) else {
                return House.wrong("closed: no day")
            }
            engine.settings.calendar = engine.settings.calendar.amended(
                closed: [day: .holiday("announced late")])
        }
        return Reply(200, ["halted": .bool(engine.settings.isHalted)])
    }

    /// `{"busy_ms": 60000}`: until then connecting to a socket is answered by 429.
    private mutating func handshakes(_ json: JSON) -> Reply {
        guard let time = json["busy_ms"]?.int else { return House.wrong("busy_ms: no number") }
        handshakesBusyUntil = House.wall() + time
        return Reply(200, ["busy_ms": .int(time)])
    }

    private mutating func settings(_ json: JSON) -> Reply {
        let own = engine.settings
        engine.settings.limitsRates = json["limits_rates"]?.bool ?? own.limitsRates
        engine.settings.keepsHours = json["keeps_hours"]?.bool ?? own.keepsHours
        engine.settings.checksFunds = json["checks_funds"]?.bool ?? own.checksFunds
        engine.settings.preventsSelfTrades =
            json["prevents_self_trades"]?.bool ?? own.preventsSelfTrades
        if let text = json["square_off"] {
            let time = text.string.flatMap(TimeOfDay.init(text:))
            guard time != nil || text == .null else {
                return House.wrong("square_off: a time of day, or null for never")
            }
            engine.settings.squareOff = time
        }
        if let text = json["fills"]?.string {
            guard let fills = EngineSettings.Fills(rawValue: text) else {
                return House.wrong("fills: quotes or limits")
            }
            engine.settings.fills = fills
        }
        if let text = json["shapes"]?.string {
            guard let shapes = EngineSettings.Shapes(rawValue: text) else {
                return House.wrong("shapes: recorded or documented")
            }
            engine.settings.shapes = shapes
        }
        return Reply(200, ["fills": .string(engine.settings.fills.rawValue)])
    }
}
