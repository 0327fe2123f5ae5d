import Glibc
import MessageBus
import Trading
import Workers

enum SoakClock {
    /// Nanoseconds of the monotonic clock, which all processes of a machine share.
    static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}

/// Sends the numbers at an even rate. Each batch is guarded by the number before it, so that one
/// whose answer was lost is not sent twice.
final class SoakProducer {
    private let session: any BusSession
    private let rate: Int
    private let startedAt = SoakClock.now()
    private(set) var sent = 0

    private static let sentField = "through"
    private static let batch = 200

    init(_ session: any BusSession, rate: Int) {
        self.session = session
        self.rate = rate
    }

    /// Sends what is due by now, and no more than `limit` in all.
    func send(limit: Int) throws(BusError) {
        let elapsed = SoakClock.now() - startedAt
        let due = min(limit, elapsed / 1_000 * rate / 1_000_000)
        while sent < due {
            let next = min(due, sent + Self.batch)
            let commit = Commit(
                slot: .shard(0), owner: .anyone, changes: [change(sent + 1, through: next)])
            let verdict = try session.commit([commit]).first?.first
            // Refused: an earlier try went through, and its answer was lost.
            if verdict == .applied || isThere(next) { sent = next }
        }
    }

    private func isThere(_ number: Int) -> Bool {
        guard
            case .fields(let fields)? = try? session.load([.hash(SoakRoute.sent)]).answers.first
        else { return false }
        return fields[Self.sentField] == String(number)
    }

    private func change(_ first: Int, through last: Int) -> Change {
        let before =
            first == 1
            ? Guard.absent(SoakRoute.sent)
            : .field(SoakRoute.sent, Self.sentField, is: String(first - 1))
        let now = SoakClock.now()
        let messages = (first...last).map {
            Write.append(SoakRoute.first, SoakMessage(number: $0, sentAt: now).fields)
        }
        return Change(
            guards: [before],
            writes: messages + [.set(SoakRoute.sent, [Self.sentField: String(last)])])
    }
}
