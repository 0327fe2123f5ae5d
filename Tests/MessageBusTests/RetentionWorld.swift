import MessageBus
import Support
import Testing
import Trading

/// Everybody who can have to do with one stream, each doing what a seed chooses: writers, two
/// groups of two consumers that read, settle, die and claim, two followers of the stream's slot
/// and one of another, a group that turns up in the middle, and the janitor.
final class RetentionWorld {
    private let bench: Bench
    private var random: SplitMix64
    private let person: any BusSession
    private var members: [Member] = []
    private var followers: [Follower] = []
    private var written = 0
    private var noted = EntryID.zero
    private(set) var dropped = 0

    private static let groups = ["g0", "g1"]

    init(_ bench: Bench, seed: UInt64) throws {
        self.bench = bench
        random = SplitMix64(seed: seed)
        person = try bench.session("person")
        for (number, slot) in [Slot.shard(0), .shard(0), .shard(1)].enumerated() {
            followers.append(try Follower(bench, Keys.fence(slot, "follower", number)))
        }
        for group in Self.groups { try start(group, from: 1) }
    }

    private func start(_ group: String, from first: Int) throws {
        for name in ["a", "b"] { members.append(try Member(bench, group, name, from: first)) }
    }

    private func chance(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

    func step() throws {
        switch chance(16) {
        case 0, 1: try write(1 + chance(4))
        case 2, 3, 4: try members[chance(members.count)].read(1 + chance(8))
        case 5, 6, 7: for _ in 0..<4 { try members[chance(members.count)].settle(chance(4)) }
        case 8:
            let member = members[chance(members.count)]
            try chance(2) == 0 ? member.restart() : member.claim()
        case 9, 10, 11:
            try followers[chance(followers.count)].turn(1 + chance(16), dies: chance(4) == 0)
        case 12: noted = try followers[2].stored()
        case 13, 14: try cut()
        default: try forget()
        }
    }

    func joinLate() throws {
        let oldest = try person.entries(of: exits).first?.fields["n"].flatMap { Int($0) }
        try start("late", from: oldest ?? written + 1)
    }

    private func write(_ count: Int) throws {
        for _ in 0..<count {
            written += 1
            try person.write(.append(exits, ["n": String(written)], milliseconds: written))
        }
    }

    private func cut() throws {
        dropped += try person.cut(
            exits,
            Cut(
                groups: Self.groups, fences: followers.prefix(2).map(\.fence), floor: noted,
                keep: .milliseconds(chance(4)), age: .stream))
    }

    private func forget() throws {
        let gone = chance(2) == 0 ? "a" : "b"
        for group in Self.groups {
            _ = try person.forget(exits, group: group) { $0 == gone }
        }
    }

    /// Lets everybody finish, and says what was lost to whom.
    func lost() throws -> [String] {
        try write(1)
        for follower in followers {
            while try follower.turn(100, dies: false) > 0 {}
        }
        for member in members { try member.restart() }
        for member in members {
            while try member.read(100) > 0 { try member.settleAll() }
        }
        var lost: [String] = []
        for follower in followers where follower.seen != Set(1...written) {
            lost.append("\(follower.fence) \(Set(1...written).subtracting(follower.seen).sorted())")
        }
        for group in Set(members.map(\.group)).sorted() {
            let own = members.filter { $0.group == group }
            let seen = own.reduce(into: Set<Int>()) { $0.formUnion($1.settled) }
            let missing = Set(own[0].first...written).subtracting(seen)
            if !missing.isEmpty { lost.append("\(group) \(missing.sorted())") }
            lost += own.flatMap(\.bodyless)
        }
        return lost
    }
}

/// A consumer of a group.
private final class Member {
    let group: String
    let name: String
    /// The first entry that it must see.
    let first: Int
    var settled: Set<Int> = []
    var bodyless: [String] = []
    private let bench: Bench
    private var session: any BusSession
    private var hand: [Delivery] = []

    init(_ bench: Bench, _ group: String, _ name: String, from first: Int) throws {
        (self.bench, self.group, self.name, self.first) = (bench, group, name, first)
        session = try bench.session(group + name)
        try session.join([exits], group: group, consumer: name)
    }

    @discardableResult
    func read(_ count: Int) throws -> Int {
        let found = try session.read(count)
        bodyless += found.filter { $0.fields == nil }.map { "\(group): \($0.id.text) is empty" }
        hand += found
        return found.count
    }

    func settle(_ index: Int) throws {
        guard hand.indices.contains(index) else { return }
        let delivery = hand.remove(at: index)
        let verdict = try session.one(.consumer(group: group, name: name), delivery.settled())
        if verdict == .applied, let number = delivery.number.flatMap({ Int($0) }) {
            settled.insert(number)
        }
    }

    func settleAll() throws { while !hand.isEmpty { try settle(0) } }

    /// What it had in hand is pending, and comes again.
    func restart() throws {
        hand = []
        session = try bench.session(group + name)
        try session.join([exits], group: group, consumer: name)
    }

    func claim() throws {
        _ = try session.claim(exits, group: group, consumer: name) { _ in true }
    }
}

/// A holder of a fence that dies before its commit now and then.
private final class Follower {
    let fence: Key
    var seen: Set<Int> = []
    private let bench: Bench
    private var session: any BusSession
    private var epoch = 0
    private var cursor = EntryID.zero

    init(_ bench: Bench, _ fence: Key) throws {
        (self.bench, self.fence) = (bench, fence)
        session = try bench.session(fence.text)
        try takeOver()
    }

    private func takeOver() throws {
        session = try bench.session(fence.text)
        let stored = try session.raise(fence)
        epoch = stored.epoch
        cursor = stored.cursors[exits.text] ?? .zero
        try session.follow(exits, after: cursor)
    }

    func stored() throws -> EntryID {
        try session.fields(of: fence)[exits.text].flatMap { EntryID(text: $0) } ?? .zero
    }

    @discardableResult
    func turn(_ count: Int, dies: Bool) throws -> Int {
        let found = try session.read(count)
        guard let last = found.last, !dies else {
            if dies { try takeOver() }
            return 0
        }
        let move = CursorMove(field: exits.text, from: cursor, to: last.id)
        let owner = Owner.holder(fence: fence, epoch: epoch, cursors: [move])
        let commit = Commit(slot: fence.slot, owner: owner, changes: [])
        #expect(try session.commit([commit]) == [[.applied]])
        cursor = last.id
        seen.formUnion(found.compactMap { $0.number.flatMap { Int($0) } })
        return found.count
    }
}
