import Trading

extension SettingsKey {
    private static let retention = SettingsSection("retention", \.retention)
    private static let span = Span.seconds(1)...Span.days(3_650)

    static let retentionKeys = [
        retention.key(
            "ticks", \.ticks, span, "How long before the newest tick a tick is dropped"),
        retention.key(
            "streams", \.streams, span, "How long entries stay in the streams between stages"),
        retention.key("alarms", \.alarms, span, "How long alarms and dead letters stay"),
        retention.key(
            "records", \.records, span,
            "How long finished positions and orders, verdicts and account days stay"),
        retention.key(
            "sweep_every", \.sweepEvery, .milliseconds(100)...(.minutes(10)),
            "How often somebody looks what can be dropped"),
    ]
}
