import Brokers
import Trading

/// What the broker's answers say of an account, without asking.
enum BrokerChecks {
    typealias Answered<Value> = Result<Value, DhanError>

    private static let calls = "look at the network and at https://api.dhan.co"

    static func token(
        _ answer: Answered<DhanProfile>, clientID: String, now: EventTime
    ) -> [Finding] {
        let profile: DhanProfile
        switch alive(answer) {
        case .success(let answered): profile = answered
        case .failure(let finding): return [finding]
        }
        guard profile.clientID == clientID else {
            return [
                .wrong(
                    "token", "it belongs to client \(profile.clientID)",
                    "set client_id, or give this account its own token")
            ]
        }
        return [life(profile, now: now), segments(profile), data(profile)]
    }

    private static func alive(
        _ answer: Answered<DhanProfile>
    ) -> FindingResult<DhanProfile> {
        switch answer {
        case .success(let profile): return .success(profile)
        case .failure(.refused(let refusal)) where refusal.trouble == .deadToken:
            return .failure(
                .wrong("token", refusal.description, "make a new token and put it into token_file"))
        case .failure(let error): return .failure(.wrong("token", error.reason, calls))
        }
    }

    private static func life(_ profile: DhanProfile, now: EventTime) -> Finding {
        guard let end = profile.tokenValidUntil else {
            let found = "alive; the broker does not say until when"
            return .warning("token", found, "look again later")
        }
        let found = "alive until \(end.day.text) \(end.timeOfDay.text)"
        guard end > now + .minutes(8 * 60) else {
            return .warning(
                "token", found, "it ends within a session: make a new one before the market opens")
        }
        return .ok("token", found)
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
        guard let seen = addresses.seen else {
            return addresses.ordersAllowed == true
                ? .ok("address", found) : .warning("address", found, "compare it with your own")
        }
        return known.contains(seen) ? .ok("address", found) : .wrong("address", found, advice)
    }

    static func funds(_ answer: Answered<DhanFunds>, capital: Money) -> Finding {
        switch answer {
        case .failure(let error): return .wrong("funds", error.reason, calls)
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
        case .failure(let error): return .warning("kill switch", error.reason, calls)
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

private typealias FindingResult<Value> = Result<Value, Finding>
extension Finding: Error {}
