import Redis
import Trading

/// The records of a program as they grow, with the keys and arguments that they refer to.
struct CommitRecords {
    private(set) var keys: [Key] = []
    private(set) var program: [UInt8] = []
    /// In Redis' wire format already: a batch has thousands of them.
    var arguments = RedisCommand()

    private let slot: Slot
    private var places: [Key: Int] = [:]
    /// A guard, its check and its write name one key in a row.
    private var latest: (key: Key, place: Int)?

    init(slot: Slot, changes count: Int) {
        self.slot = slot
        program.reserveCapacity(32 * count + 64)
    }

    /// A record with its arguments.
    mutating func add(_ letter: Unicode.Scalar, _ key: Key, _ own: String...) {
        begin(letter, key, arguments: own.count)
        arguments.append(own)
    }

    /// A record whose arguments the caller appends.
    mutating func begin(_ letter: Unicode.Scalar, _ key: Key, arguments count: Int) {
        begin(letter, place: place(key), arguments: count)
    }

    mutating func begin(_ letter: Unicode.Scalar, place: Int, arguments count: Int) {
        precondition(place < 1 << 16 && count < 7_000, "more than one call can take")
        program.append(UInt8(ascii: letter))
        program.append(UInt8(place >> 8))
        program.append(UInt8(place & 255))
        program.append(UInt8(count >> 8))
        program.append(UInt8(count & 255))
    }

    /// The key's index in KEYS, from 1.
    mutating func place(_ key: Key) -> Int {
        if let latest, latest.key == key { return latest.place }
        let place = places[key] ?? keys.count + 1
        if place > keys.count {
            precondition(key.slot == slot, "\(key) is not in the commit's slot")
            keys.append(key)
            places[key] = place
        }
        latest = (key, place)
        return place
    }

    mutating func append(_ fields: Fields) {
        for pair in fields.pairs {
            arguments.append(pair.name)
            arguments.append(pair.value)
        }
    }
}
