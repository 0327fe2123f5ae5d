import Trading

/// What is drawn once a minute: a lively market and a busy client draw no more often than others.
struct MinuteDraw: Sendable {
    private var minute: Int?

    mutating func isDue(at time: EventTime) -> Bool {
        let minute = time.milliseconds / 60_000
        defer { self.minute = minute }
        return minute != self.minute
    }
}
