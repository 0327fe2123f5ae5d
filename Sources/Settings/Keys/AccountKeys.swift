import Trading

extension SettingsKey {
    private static let account = SettingsSection(
        named: "accounts", \.accounts, sample: SettingsDraft.Account())

    static let accountKeys = tradingKeys + accessKeys + orderLimitKeys

    private static let tradingKeys = [
        account.key(
            "capital", \.capital, .rupees(1)...(.rupees(10_000_000_000)), isRequired: true,
            "Money that the account's shares and limits are taken of"),
        account.list(
            "strategies", \.strategies, count: 0...32, isRequired: true,
            "Strategies whose signals it follows; [] for none"),
        account.key("entry", \.entry, as: .name, "Name of its entry profile"),
        account.key("risk", \.risk, as: .name, "Name of its risk profile"),
        account.key(
            "broker", \.broker, choices: BrokerKind.allCases.map(\.rawValue), "Where it trades"),
        account.key(
            "live", \.live, "Trade with money, in a run that is live; else it trades on paper"),
    ]

    private static let accessKeys = [
        account.key("client_id", \.access.clientID, as: .name, "Its number at the broker"),
        account.key(
            "token_file", \.access.tokenFile, as: .file,
            "File of its access token, mode 600; a minted or renewed one is kept there"),
        account.key(
            "totp_secret_file", \.access.totpSecretFile, as: .file,
            "File of the secret that makes one-time codes, to mint tokens"),
        account.key("pin_file", \.access.pinFile, as: .file, "File of the PIN, to mint tokens"),
        account.key(
            "interface", \.access.interface, as: .egress,
            "Local address or interface that its calls and sockets go out by"),
    ]

    private static let orderLimitKeys = [
        limit(
            "orders_per_second", \.orderLimits.perSecond,
            "Its own limit of orders in a second, if not the gateway's"),
        limit("orders_per_minute", \.orderLimits.perMinute, "…in a minute"),
        limit("orders_per_hour", \.orderLimits.perHour, "…in an hour"),
        limit("orders_per_day", \.orderLimits.perDay, "…in a day"),
    ]

    private static func limit(
        _ name: String, _ path: any WritableKeyPath<SettingsDraft.Account, Int?> & Sendable,
        _ doc: String
    ) -> SettingsKey {
        account.key(name, path, 1...1_000_000, unit: "orders", doc)
    }
}
