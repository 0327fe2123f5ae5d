import MessageBus
import Trading

/// The processes that read accounts' books at the broker. What an account may be asked in a second
/// is the same for all of them together, so each must know how many they are.
enum BookReaders {
    private static let stages = [StageName.gateway, StageName.reconciler]
    /// Who has shown no heartbeat for so long has stopped reading too.
    private static let silence = Span.seconds(10)
    static let mostNames = 100_000

    /// - Parameter workers: `sq:{bus}:workers`, names by their last heartbeat.
    static func count(_ workers: [DueTime], at now: EventTime) -> Int {
        let alive = workers.filter { now.milliseconds - $0.at < silence.milliseconds }
        return Set(alive.compactMap { process(of: $0.member) }).count
    }

    /// Nil for a worker of another stage.
    private static func process(of worker: String) -> Substring? {
        guard let colon = worker.lastIndex(of: ":") else { return nil }
        let post = worker[worker.index(after: colon)...]
        return stages.contains { post.hasPrefix("\($0)-") } ? worker[..<colon] : nil
    }
}
