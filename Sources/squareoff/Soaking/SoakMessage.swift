import MessageBus
import Trading

/// One of the numbered messages of a soak: it goes through two groups and one lease holder, and
/// must arrive once.
struct SoakMessage {
    var number: Int
    /// Nanoseconds of the monotonic clock when it was sent.
    var sentAt: Int

    private static let numberField = "n"
    private static let sentField = "sent_ns"

    init(number: Int, sentAt: Int) {
        self.number = number
        self.sentAt = sentAt
    }

    init?(_ fields: Fields?) {
        guard let number = fields?[Self.numberField].flatMap({ Int($0) }),
            let sentAt = fields?[Self.sentField].flatMap({ Int($0) })
        else { return nil }
        self.init(number: number, sentAt: sentAt)
    }

    /// About as many and as long as those of an order update.
    var fields: Fields {
        [
            Self.numberField: String(number), Self.sentField: String(sentAt),
            "account": "alpha", "status": "part_filled", "number": "1125121500123",
            "filled": "35", "value": "3543.75", "source": "socket",
        ]
    }
}

/// What one keeper has counted: how many messages, and the sum of their numbers. One message lost,
/// or counted twice, shows in both.
struct SoakCount: Equatable {
    var count = 0
    var sum = 0

    private static let countField = "count"
    private static let sumField = "sum"

    init() {}

    init(_ fields: Fields) {
        count = fields[Self.countField].flatMap { Int($0) } ?? 0
        sum = fields[Self.sumField].flatMap { Int($0) } ?? 0
    }

    /// Of all messages up to this number.
    init(through number: Int) {
        count = number
        sum = number * (number + 1) / 2
    }

    var fields: Fields { [Self.countField: String(count), Self.sumField: String(sum)] }

    mutating func add(_ number: Int) {
        count += 1
        sum += number
    }

    static func + (left: SoakCount, right: SoakCount) -> SoakCount {
        var total = left
        total.count += right.count
        total.sum += right.sum
        return total
    }
}

/// Where the numbers go: real streams of a server of the soak's own, so that claims, fences and
/// retention work on them as they do every day.
enum SoakRoute {
    static let first = Keys.brokerEvents(0)
    static let second = Keys.orderUpdates(0)
    static let last = Keys.positions(0)
    static let tally = Keys.soak("tally")
    static let sent = Keys.soak("sent")
    static let cells = 512

    static func cell(_ stage: String, _ number: Int) -> Key {
        Keys.soak("\(stage):\(number % cells)")
    }
}
