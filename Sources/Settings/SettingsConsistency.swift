import Trading

/// What is wrong between settings that are each right by themselves.
enum SettingsConsistency {
    struct Finding {
        var path: [String]
        /// The element, when the path is a list's.
        var index: Int?
        var message: String
    }

    static func findings(_ draft: SettingsDraft, names: (String) -> [String]) -> [Finding] {
        retention(draft.retention) + accounts(draft, names("accounts"))
            + strategies(draft, names("strategies"))
            + names("entry_profiles").flatMap { entry(draft.entryProfiles[$0], $0) }
            + names("risk_profiles").flatMap { risk(draft.riskProfiles[$0], $0) }
            + gateway(draft.gateway) + reconciler(draft.reconciler) + paper(draft.paper)
    }

    /// An entry must not name what is no longer there, nor a person's trace end before its causes.
    private static func retention(_ spans: RetentionSettings) -> [Finding] {
        let pairs = [
            ("records", spans.records, spans.streams, "streams"),
            ("records", spans.records, spans.alarms, "alarms"),
            ("alarms", spans.alarms, spans.streams, "streams"),
        ]
        return pairs.filter { $0.1 < $0.2 }.map {
            Finding(path: ["retention", $0.0], message: "must not be below retention.\($0.3)")
        }
    }

    private static func accounts(_ draft: SettingsDraft, _ names: [String]) -> [Finding] {
        guard !names.isEmpty else {
            return [Finding(path: ["accounts"], message: "no accounts; name at least one")]
        }
        return names.flatMap { name -> [Finding] in
            guard let account = draft.accounts[name] else { return [] }
            let path = ["accounts", name]
            let strategies = account.strategies.enumerated().compactMap { index, strategy in
                unknown(
                    "strategy", strategy.text, in: draft.strategies.keys, path + ["strategies"],
                    index: index)
            }
            let entry = unknown(
                "entry profile", account.entry, in: draft.entryProfiles.keys, path + ["entry"])
            let risk = unknown(
                "risk profile", account.risk, in: draft.riskProfiles.keys, path + ["risk"])
            return strategies + [entry, risk].compactMap(\.self)
                + access(account, path) + limits(account.orderLimits, draft.gateway, path)
        } + shared(draft, names)
    }

    /// Two accounts that trade with money are two at the broker: each would take the other's orders
    /// for a stranger's, and end the other's token.
    private static func shared(_ draft: SettingsDraft, _ names: [String]) -> [Finding] {
        let live = names.compactMap { name in draft.accounts[name].map { (name, $0) } }
            .filter { $0.1.live && $0.1.broker != .paper }
        func shared(_ key: String, _ value: (BrokerAccess) -> String?) -> [Finding] {
            var owners: [String: String] = [:]
            return live.compactMap { name, account in
                guard let value = value(account.access) else { return nil }
                guard let owner = owners[value] else {
                    owners[value] = name
                    return nil
                }
                return Finding(
                    path: ["accounts", name, key],
                    message: "'\(value)' is account \(owner)'s too: each needs its own")
            }
        }
        return shared("client_id", \.clientID) + shared("token_file", \.tokenFile)
    }

    private static func access(_ account: SettingsDraft.Account, _ path: [String]) -> [Finding] {
        let access = account.access
        var findings: [Finding] = []
        func require(_ isRight: Bool, _ key: String, _ message: String) {
            if !isRight { findings.append(Finding(path: path + [key], message: message)) }
        }
        require(
            !account.live || account.broker != .paper, "live", "the paper broker trades no money")
        require(
            account.broker == .paper || access.clientID != nil, "client_id",
            "broker \(account.broker.rawValue) needs it")
        let (secret, pin) = (access.totpSecretFile, access.pinFile)
        require(secret == nil || pin != nil, "pin_file", "totp_secret_file needs it")
        require(pin == nil || secret != nil, "totp_secret_file", "pin_file needs it")
        require(
            !access.canMint || access.tokenFile != nil, "token_file",
            "a minted token is kept there, for all processes")
        return findings
    }

    /// An account's own limits, with the gateway's where it has none.
    private static func limits(
        _ own: OrderLimits, _ gateway: GatewayProfile, _ path: [String]
    ) -> [Finding] {
        guard own != OrderLimits() else { return [] }
        return rising(gateway.with(own)).map {
            Finding(path: path + ["orders_" + $0.key], message: "must not be below \($0.than)")
        }
    }

    private static func strategies(_ draft: SettingsDraft, _ names: [String]) -> [Finding] {
        names.flatMap { name -> [Finding] in
            guard let strategy = draft.strategies[name] else { return [] }
            let path = ["strategies", name]
            let risk = strategy.risk.flatMap {
                unknown("risk profile", $0, in: draft.riskProfiles.keys, path + ["risk"])
            }
            let indices = strategy.indices.enumerated().compactMap { index, element in
                unknown(
                    "index", element.text, in: draft.indices.map(\.text), path + ["indices"],
                    index: index)
            }
            return [risk].compactMap(\.self) + indices
        }
    }

    private static func unknown(
        _ kind: String, _ name: String, in known: some Collection<String>, _ path: [String],
        index: Int? = nil
    ) -> Finding? {
        if known.contains(name) { return nil }
        let suggestion = Suggestion.text(for: name, among: known)
        return Finding(path: path, index: index, message: "unknown \(kind) '\(name)'\(suggestion)")
    }

    private static func entry(_ profile: EntryProfile?, _ name: String) -> [Finding] {
        guard let profile else { return [] }
        var findings: [Finding] = []
        func require(_ isRight: Bool, _ key: String, _ message: String) {
            if isRight { return }
            findings.append(Finding(path: ["entry_profiles", name, key], message: message))
        }
        require(
            profile.windowStart < profile.windowEnd, "window_end", "must be after window_start")
        if let least = profile.minPremium, let most = profile.maxPremium {
            require(least <= most, "max_premium", "must not be below min_premium")
        }
        return findings
    }

    private static func risk(_ profile: RiskProfile?, _ name: String) -> [Finding] {
        guard let profile else { return [] }
        var findings: [Finding] = []
        func require(_ isRight: Bool, _ key: String, _ message: String) {
            if isRight { return }
            findings.append(Finding(path: ["risk_profiles", name, key], message: message))
        }
        let profits = profile.trailingTiers.map(\.profit)
        require(
            zip(profits, profits.dropFirst()).allSatisfy(<), "trailing_tiers",
            "must stand in rising order of profit")
        require(
            profile.trailingTiers.allSatisfy { $0.stop < $0.profit }, "trailing_tiers",
            "each stop must be below its profit, or it would close at once")
        if let from = profile.profitFloorFrom {
            require(
                profile.profitFloor <= from, "profit_floor", "must not be above profit_floor_from")
        }
        if let exit = profile.staleExit {
            require(profile.staleAlarm <= exit, "stale_alarm", "must not be above stale_exit")
        }
        return findings
    }

    private static func gateway(_ profile: GatewayProfile) -> [Finding] {
        rising(profile).map {
            Finding(path: ["gateway", $0.key], message: "must not be below \($0.than)")
        }
    }

    /// Windows that allow less than a shorter one.
    private static func rising(_ profile: GatewayProfile) -> [(key: String, than: String)] {
        let windows = [
            ("per_minute", profile.perMinute, profile.perSecond, "per_second"),
            ("per_hour", profile.perHour, profile.perMinute, "per_minute"),
            ("per_day", profile.perDay, profile.perHour, "per_hour"),
        ]
        return windows.filter { $0.1 < $0.2 }.map { ($0.0, $0.3) }
    }

    private static func reconciler(_ profile: ReconcilerProfile) -> [Finding] {
        guard profile.every < profile.inFlightEvery else { return [] }
        return [
            Finding(path: ["reconciler", "every"], message: "must not be below in_flight_every")
        ]
    }

    private static func paper(_ profile: PaperProfile) -> [Finding] {
        let limits = profile.protections.map { $0.below?.paise ?? .max }
        guard zip(limits, limits.dropFirst()).allSatisfy(<), limits.last == .max else {
            let message = "must stand in rising order of 'below', the last one with 'below: off'"
            return [Finding(path: ["paper", "protections"], message: message)]
        }
        return []
    }
}
