import Trading

/// All keys of a ``MemoryBus``: what the server is to ``RedisBus``.
struct MemoryStore {
    /// The wall's clock, in milliseconds.
    var wall: Int
    /// How long the wall's clock has run, whatever it was set to.
    var steady = 0
    var serverRun: RunID = "memory-1"
    private var values: [Key: Stored] = [:]
    private var ends: [Key: Int] = [:]
    /// What a crash of the machine leaves: at most one, of an earlier moment.
    private var onDisk: [MemoryStore] = []

    init(wall: Int) { self.wall = wall }

    /// Nothing once its time is up.
    func value(_ key: Key) -> Stored? {
        if let end = ends[key], wall > end { return nil }
        return values[key]
    }

    /// As Redis: a collection without elements is no key, but a stream is.
    mutating func put(_ key: Key, _ value: Stored) {
        forgetExpired(key)
        if case .stream = value {
            values[key] = value
        } else if value.count == 0 {
            remove(key)
        } else {
            values[key] = value
        }
    }

    mutating func putText(_ key: Key, _ text: String, life: Span?) {
        values[key] = .text(text)
        ends[key] = life.map { wall + $0.milliseconds }
    }

    mutating func remove(_ key: Key) {
        values[key] = nil
        ends[key] = nil
    }

    mutating func expire(_ key: Key, after life: Span) {
        guard value(key) != nil else { return }
        ends[key] = wall + life.milliseconds
    }

    private mutating func forgetExpired(_ key: Key) {
        if value(key) == nil { remove(key) }
    }
}

/// The log on disk, which may lack its end after a crash.
extension MemoryStore {
    mutating func sync() {
        onDisk = []
        onDisk = [copy]
    }

    /// All since the last ``sync()`` never was.
    mutating func loseTail() {
        guard let old = onDisk.first?.copy else { return }
        (values, ends) = (old.values, old.ends)
    }

    /// With tables and logs of its own.
    private var copy: MemoryStore {
        var copy = self
        copy.values = values.mapValues(\.copy)
        return copy
    }
}

/// A key's value as one type: nil where there is none, an error where it has another.
extension MemoryStore {
    func text(_ key: Key) throws(WrongType) -> String? {
        guard let value = value(key) else { return nil }
        guard case .text(let text) = value else { throw WrongType(key: key) }
        return text
    }

    func hash(_ key: Key) throws(WrongType) -> HashTable? {
        guard let value = value(key) else { return nil }
        guard case .hash(let hash) = value else { throw WrongType(key: key) }
        return hash
    }

    func set(_ key: Key) throws(WrongType) -> Set<String> {
        guard let value = value(key) else { return [] }
        guard case .set(let members) = value else { throw WrongType(key: key) }
        return members
    }

    func sortedSet(_ key: Key) throws(WrongType) -> [String: Int] {
        guard let value = value(key) else { return [:] }
        guard case .sortedSet(let scores) = value else { throw WrongType(key: key) }
        return scores
    }

    func list(_ key: Key) throws(WrongType) -> [String] {
        guard let value = value(key) else { return [] }
        guard case .list(let texts) = value else { throw WrongType(key: key) }
        return texts
    }

    func stream(_ key: Key) throws(WrongType) -> StreamLog? {
        guard let value = value(key) else { return nil }
        guard case .stream(let log) = value else { throw WrongType(key: key) }
        return log
    }

    /// The same, made where there is none.
    mutating func madeStream(_ key: Key) throws(WrongType) -> StreamLog {
        if let log = try stream(key) { return log }
        let log = StreamLog()
        put(key, .stream(log))
        return log
    }

    /// How many elements a key of any type but text has.
    func count(_ key: Key) throws(WrongType) -> Int {
        guard let value = value(key) else { return 0 }
        guard let count = value.count else { throw WrongType(key: key) }
        return count
    }
}

struct WrongType: Error {
    let key: Key
}
