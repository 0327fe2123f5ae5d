/// How long a worker waits after an error: each time twice as long, up to two seconds.
///
/// A turn that goes well is no recovery: a worker that fails on every second turn would begin
/// again with the shortest pause each time, and never slow down. It must have gone well for
/// longer than the longest pause.
struct Backoff {
    private let shortest: Duration
    private var pause: Duration
    private var failedAt: ContinuousClock.Instant?

    private static let longest = Duration.seconds(2)

    init(from shortest: Duration = .milliseconds(20)) {
        self.shortest = shortest
        pause = shortest
    }

    mutating func next(now: ContinuousClock.Instant = .now) -> Duration {
        if let failedAt, now - failedAt > pause + Self.longest { pause = shortest }
        failedAt = now
        defer { pause = min(pause * 2, Self.longest) }
        return pause
    }
}
