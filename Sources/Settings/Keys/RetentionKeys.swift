import Trading

extension SettingsKey {
    private static let retention = SettingsSection("retention", \.retention)
    private static let span = Span.seconds(1)...Span.days(3_650)

    private static let backpressure = SettingsSection("backpressure", \.backpressure)

    static let backpressureKeys = [
        backpressure.key(
            "pause_above", \.pauseAbove, 10...1_000_000, unit: "entries",
            "Entries pause while more than this waits in the account's shard")
    ]

    static let retentionKeys = [
        retention.key(
            "ticks", \.ticks, span, "How long before the newest tick a tick is dropped"),
        retention.key(
            "streams", \.streams, span, "How long entries stay in the streams between stages"),
        retention.key(
            "alarms", \.alarms, span,
            "How long before the newest one an alarm or dead letter is dropped"),
        retention.key(
            "records", \.records, span,
            "How long finished positions and orders, verdicts and account days stay"),
        retention.key(
            "sweep_every", \.sweepEvery, .milliseconds(100)...(.minutes(10)),
            "How often somebody looks what can be dropped"),
    ]
}
