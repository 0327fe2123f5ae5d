/// How an exit is worked at the broker, attempt by attempt.
package struct ExitProfile: Sendable, Hashable {
    /// How far below the last bid the limit of attempt 1, 2, 3, … stands. The last one repeats.
    package var protection: [Percent] = [.percent(3), .percent(6), .percent(12), .percent(20)]
    /// How long an exit may rest before it is cancelled and the next attempt follows.
    package var chaseAfter: Span = .seconds(2)
    /// How soon a cancel, or an attempt that could not be made, is tried again.
    package var retryAfter: Span = .seconds(1)
    /// From this attempt on, each one raises an alarm.
    package var alarmFrom = 4
    /// How long the exit lock lives; it tells people and authorises nothing.
    package var lockLife: Span = .minutes(10)

    package init() {}
}
