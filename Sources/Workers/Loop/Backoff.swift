/// How long a worker waits after an error: each time twice as long, up to two seconds.
///
/// A turn that goes well is no recovery: a worker that fails on every second turn would begin
/// again with the shortest pause each time, and never slow down. It must have gone well for
/// longer than the longest pause.
struct Backoff {
    private var pause = Self.shortest
    private var failedAt: ContinuousClock.Instant?

    private static let shortest = Duration.milliseconds(20)
    private static let longest = Duration.seconds(2)

    mutating func next(now: ContinuousClock.Instant = .now) -> Duration {
        if let failedAt, now - failedAt > pause + Self.longest { pause = Self.shortest }
        failedAt = now
        defer { pause = min(pause * 2, Self.longest) }
        return pause
    }
}
