import MessageBus
import Trading

/// Keys that differ in their last parts, for SCAN. Only people enumerate keys; a worker always
/// knows the ones that it needs.
struct KeyFamily {
    let prefix: String

    /// - Parameter any: a key of the family, with `*` where the keys differ.
    private init(any: Key) {
        prefix = String(any.text.prefix { $0 != "*" })
    }

    var pattern: String { prefix + "*" }

    static func positions(_ shard: Int) -> KeyFamily {
        KeyFamily(any: Keys.position(shard, "*"))
    }
    static func orders(_ shard: Int) -> KeyFamily {
        KeyFamily(any: Keys.order(shard, CorrelationID("*", .entry, attempt: 1, slice: 1)))
    }
    static func orderNumbers(_ shard: Int) -> KeyFamily {
        KeyFamily(any: Keys.orderNumber(shard, "*"))
    }
    static func exitLocks(_ shard: Int) -> KeyFamily {
        KeyFamily(any: Keys.exitLock(shard, "*"))
    }
    static func accountDays(_ shard: Int) -> KeyFamily {
        KeyFamily(any: Keys.account(shard, "*", Day(number: 0)))
    }
    static func accountDays(_ shard: Int, of account: AccountID) -> KeyFamily {
        KeyFamily(any: Keys.account(shard, AccountID(account.text + ":*"), Day(number: 0)))
    }
}
