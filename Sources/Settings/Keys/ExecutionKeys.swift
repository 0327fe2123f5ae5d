import Trading

extension SettingsKey {
    private static let exits = SettingsSection("exits", \.exits)
    private static let gateway = SettingsSection("gateway", \.gateway)
    private static let reconciler = SettingsSection("reconciler", \.reconciler)

    static let exitKeys = [
        exits.list(
            "protection", \.protection, count: 1...32,
            bounds: (Percent.zero...Percent.percent(100)).ordinals,
            "Limit below the bid, by attempt; the last repeats"),
        exits.key(
            "chase_after", \.chaseAfter, .milliseconds(100)...(.minutes(10)),
            "How long an exit may rest before the next attempt"),
        exits.key(
            "retry_after", \.retryAfter, .milliseconds(100)...(.minutes(10)),
            "How soon a cancel, or an attempt after the third, comes again"),
        exits.key(
            "alarm_from", \.alarmFrom, 1...100, unit: "attempts",
            "From this attempt on, each one raises an alarm"),
        exits.key(
            "lock_life", \.lockLife, .seconds(1)...(.minutes(600)),
            "Life of the exit lock, which only tells people"),
    ]

    static let gatewayKeys = [
        gateway.key(
            "per_second", \.perSecond, 1...1_000_000, unit: "orders",
            "An account's orders in a second"),
        gateway.key(
            "per_minute", \.perMinute, 1...1_000_000, unit: "orders", "…in a minute"),
        gateway.key("per_hour", \.perHour, 1...1_000_000, unit: "orders", "…in an hour"),
        gateway.key("per_day", \.perDay, 1...1_000_000, unit: "orders", "…in a day"),
        gateway.key(
            "exit_reserve", \.exitReserve, .zero...(.percent(90)),
            "Share of each window that only exits and cancels may use"),
        gateway.key(
            "sender_life", \.senderLife, .milliseconds(500)...(.minutes(1)),
            "Longest that a sender can live after its mark"),
        gateway.key(
            "poll_every", \.pollEvery, .milliseconds(100)...(.minutes(10)),
            "How often an order without news is looked up"),
        gateway.key(
            "retry_after", \.retryAfter, .milliseconds(100)...(.minutes(10)),
            "How soon a failed cancel or look-up is tried again"),
    ]

    static let reconcilerKeys = [
        reconciler.key(
            "every", \.every, .seconds(1)...(.minutes(10)),
            "How often an account's books are compared; after thrice that, no entries at brokers"),
        reconciler.key(
            "in_flight_every", \.inFlightEvery, .milliseconds(100)...(.minutes(1)),
            "…while an order of it works"),
        reconciler.key(
            "alarm_after", \.alarmAfter, 1...100, unit: "reads",
            "From so many unreadable books on, an alarm"),
    ]
}
