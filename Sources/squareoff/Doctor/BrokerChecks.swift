import Brokers
import Trading

/// What the broker's answers say of an account, without asking.
enum BrokerChecks {
    typealias Answered<Value> = Result<Value, DhanError>

    /// A refusal came over a network that works.
    private static func advice(_ error: DhanError) -> String {
        if case .refused = error { return "the broker was reached, and refuses: go by its words" }
        return "look at the network and at https://api.dhan.co"
    }

    /// Whether the token is dead, so that every other call with it would be turned away too.
    static func isDead(_ answer: Answered<DhanProfile>) -> Bool {
        guard case .failure(.refused(let refusal)) = answer else { return false }
        return refusal.trouble == .deadToken
    }

    /// Whether the token that it was asked for with is this client's.
    static func isProfile(_ profile: DhanProfile, of clientID: String) -> Bool {
        profile.clientID == clientID
    }

    static func token(
        _ answer: Answered<DhanProfile>, clientID: String, of origin: TokenOrigin, now: EventTime
    ) -> [Finding] {
        let profile: DhanProfile
        switch answer {
        case .success(let answered): profile = answered
        case .failure(let error) where isDead(answer): return [origin.dead(error.reason)]
        case .failure(let error): return [.wrong("token", error.reason, advice(error))]
        }
        guard isProfile(profile, of: clientID) else {
            return [
                .wrong(
                    "token", "it belongs to client \(profile.clientID)",
                    "set client_id, or give this account its own token")
            ]
        }
        let life = origin.alive(until: profile.tokenValidUntil, now: now)
        return [life, segments(profile), data(profile)]
    }

    private static func segments(_ profile: DhanProfile) -> Finding {
        let found = profile.segments.joined(separator: ", ")
        guard profile.hasDerivatives else {
            return .wrong("segments", found, "activate derivatives (F&O) for the account at Dhan")
        }
        return .ok("segments", found)
    }

    private static func data(_ profile: DhanProfile) -> Finding {
        guard profile.hasDataPlan else {
            return .wrong(
                "data plan", "none", "subscribe to the Data APIs at Dhan: no ticks come without")
        }
        return .ok("data plan", "active")
    }

    static func address(_ answer: Answered<DhanAddresses>) -> Finding {
        let addresses: DhanAddresses
        switch answer {
        case .success(let answered): addresses = answered
        case .failure(let error):
            return .warning(
                "address", error.reason,
                "look at web.dhan.co whether this machine's address is registered")
        }
        let known = [addresses.primary, addresses.secondary].filter { !$0.isEmpty }
        let registered = known.isEmpty ? "none" : known.joined(separator: ", ")
        let found = "\(addresses.seen ?? "unknown"), registered: \(registered)"
        let advice =
            "register this machine's address at web.dhan.co, or set interface: until then "
            + "the broker refuses every order"
        if addresses.ordersAllowed == false { return .wrong("address", found, advice) }
        // The list may be empty where the broker does not check: an order tells.
        if known.isEmpty { return .warning("address", found, advice) }
        // The broker's own comparison first: one address of IPv6 has many spellings.
        if addresses.ordersAllowed == true || addresses.isMatched { return .ok("address", found) }
        guard let seen = addresses.seen else {
            return .warning("address", found, "compare it with your own")
        }
        return known.contains(seen) ? .ok("address", found) : .wrong("address", found, advice)
    }

    static func funds(_ answer: Answered<DhanFunds>, capital: Money) -> Finding {
        switch answer {
        case .failure(let error): return .wrong("funds", error.reason, advice(error))
        case .success(let funds):
            let found = "\(funds.available.text) available, capital \(capital.text)"
            guard funds.available >= capital else {
                return .warning("funds", found, "set capital to what the account has, or add funds")
            }
            return .ok("funds", found)
        }
    }

    static func killSwitch(_ answer: Answered<Bool>) -> Finding {
        switch answer {
        case .failure(let error): return .warning("kill switch", error.reason, advice(error))
        case .success(true):
            return .wrong(
                "kill switch", "on: the broker takes no orders today",
                "switch it off at web.dhan.co if that is not meant")
        case .success(false): return .ok("kill switch", "off")
        }
    }

    /// - Parameter date: the broker's, to the second; nil where it does not tell.
    static func clock(_ date: EventTime?, now: EventTime) -> Finding {
        guard let date else {
            return .warning("broker clock", "not told", "compare this machine's clock by hand")
        }
        let skew = abs((now - date).milliseconds) / 1_000
        let found = "\(skew) s beside the broker's"
        if skew <= 2 { return .ok("broker clock", found) }
        let advice = "set this machine's clock by NTP: one-time codes and marks live by it"
        return skew <= 10
            ? .warning("broker clock", found, advice) : .wrong("broker clock", found, advice)
    }

    /// - Parameter end: why the socket ended; nil when it stayed open.
    static func socket(_ name: String, opened: Bool, end: String?) -> Finding {
        if opened, end == nil { return .ok(name, "open") }
        let found = end ?? "no answer"
        return .wrong(
            name, found,
            "look at the network; after many connections the broker wants a minute of rest")
    }
}

extension DhanAddresses {
    /// The first word has been seen, and the second is its like. No other is known, nor decides
    /// anything.
    fileprivate var isMatched: Bool {
        match.map { ["PRIMARY_MATCH", "SECONDARY_MATCH"].contains($0.uppercased()) } ?? false
    }
}
