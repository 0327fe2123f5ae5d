import Trading

extension SettingsKey {
    private static let account = SettingsSection(
        named: "accounts", \.accounts, sample: SettingsDraft.Account())

    static let accountKeys = [
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
    ]
}
