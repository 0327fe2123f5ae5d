package import Trading

/// The broker's doors, without the network: a call comes in, and its answer is left in the outbox,
/// at once or later.
extension Engine {
    package mutating func handle(_ call: Call, _ id: CallID, now: EventTime) {
        run(now: now)
        if let file = file(call) { return answer(file, to: id) }
        if call.method == "POST", call.route.first == "app" {
            return answer(mint(call, now: now), to: id)
        }
        guard let client = caller(call, now: now) else {
            if let client = lateCaller(call, now: now) { noteTurnedAway(call, client, now: now) }
            return answer(unauthorised(call, now: now), to: id)
        }
        if drawsKill(of: client, now: now) {
            killToken(of: client)
            noteTurnedAway(call, client, now: now)
            return answer(.invalidToken, to: id)
        }
        if settings.limitsRates, let group = Self.group(of: call),
            accounts[client]?.used.take(group, now: now) == false
        {
            noteTurnedAway(call, client, now: now)
            return answer(group == .quotes ? Self.tooManyQuotes : .tooMany, to: id)
        }
        switch (call.method, call.route.first, call.route.count) {
        case ("POST", "orders", 1...2), ("POST", "super", 2):
            place(call, id, client, now: now)
        case ("GET", _, _), ("POST", "marketfeed", _), ("POST", "optionchain", _),
            ("POST", "charts", _):
            read(call, id, client, now: now)
        default:
            let reply = change(call, client, now: now) ?? .notFound(call.path, at: now.milliseconds)
            answer(withReadFaults(reply), to: id, after: readDelay(), now: now)
        }
    }

    /// Repeated, the real limiter says it may block the user.
    private static let tooManyQuotes = Reply.data(
        429, 805, "Too many requests. Further requests may result in the user being blocked.")

    mutating func answer(
        _ reply: Reply, to call: CallID, after delay: Int = 0, now: EventTime? = nil
    ) {
        guard delay > 0, let now else { return outbox.append(.reply(call, reply)) }
        agenda.plan(.reply(call, reply), at: now + .milliseconds(delay))
    }

    mutating func readDelay() -> Int {
        chance.happens(.readSlow) ? chance.within(1_000...10_000) : 0
    }

    /// What was asked is done, whatever becomes of the answer.
    mutating func withReadFaults(_ reply: Reply) -> Reply {
        guard chance.happens(.readLost) else { return reply }
        return chance.one(of: [
            reply.with(.never), reply.with(.close), reply.with(.reset), .failed, .page(504),
            .page(403),
        ])
    }

    private static func group(of call: Call) -> RateGroup? {
        switch (call.method, call.route.first) {
        case ("POST", "orders"), ("PUT", "orders"), ("DELETE", "orders"), ("DELETE", "positions"),
            ("POST", "super"), ("PUT", "super"), ("DELETE", "super"), ("POST", "forever"),
            ("PUT", "forever"), ("DELETE", "forever"), ("POST", "alerts"), ("PUT", "alerts"),
            ("DELETE", "alerts"):
            .orders
        case (_, "marketfeed"): .quotes
        case (_, "charts"), (_, "optionchain"): .data
        default: .rest
        }
    }

    /// Whose token it is; nil when it is nobody's, or no longer.
    private mutating func caller(_ call: Call, now: EventTime) -> ClientID? {
        guard let token = call.headers["access-token"] else { return nil }
        let owners = accounts.values.filter { $0.token?.text == token }
        // Tests give several clients one token; then the header tells them apart.
        let named = (call.headers["client-id"] ?? call.headers["dhanclientid"])
            .flatMap { accounts[ClientID($0)]?.client }
        let account = owners.first { named == nil || $0.client == named }
        guard let account, let expiry = account.token?.expiresAt, now < expiry else { return nil }
        let age = now - (expiry - settings.tokenLife)
        // The clock may have been set back since.
        if age >= .zero, age < .seconds(3), chance.happens(.tokenYoung) { return nil }
        return account.client
    }

    /// Who calls with a token that has ended, while no new one is to be had for long. What comes
    /// with an old one later is no try: it could have used the new one.
    private func lateCaller(_ call: Call, now: EventTime) -> ClientID? {
        let token = call.headers["access-token"] ?? ""
        let account = accounts.values.first {
            $0.token?.text == token || $0.deadTokens.contains(token)
        }
        guard let account else { return nil }
        let since = account.token.map { now - ($0.expiresAt - settings.tokenLife) } ?? .zero
        return since < Self.spread ? account.client : nil
    }

    /// In which a new token reaches all who need it.
    private static let spread = Span.seconds(5)

    private mutating func drawsKill(of client: ClientID, now: EventTime) -> Bool {
        let isDue = withAccount(client) { $0.killDrawn.isDue(at: now) } ?? false
        return isDue && chance.happens(.tokenKilled)
    }

    /// A token that was once good is "invalid" on trading paths; one that never was is an
    /// authentication that failed.
    private func unauthorised(_ call: Call, now: EventTime) -> Reply {
        switch call.route.first {
        case "marketfeed", "optionchain":
            return .data(401, 808, "Authentication Failed - Client ID or Token invalid")
        default: break
        }
        let token = call.headers["access-token"] ?? ""
        let wasGood = accounts.values.contains {
            $0.deadTokens.contains(token)
                || $0.token.map { $0.text == token && $0.expiresAt <= now } == true
        }
        return wasGood ? .invalidToken : .unauthenticated
    }
}
