import Foundation
import Glibc
import Trading

/// Worker processes, and what is done to them: they are killed and replaced, or frozen and woken up
/// long after they were given up for dead.
final class ProcessFleet {
    /// Where one process works. Those of one kind can do each other's work.
    struct Seat {
        var kind: String
        /// What starts a process of this name.
        var arguments: (_ name: String) -> [String]
    }

    private struct Member {
        var seat: Seat
        var name: String
        var process: Process
        var wakesAt: ContinuousClock.Instant?
    }

    private let lifeline = Lifeline()
    private var members: [Member] = []
    private var random: SplitMix64
    private let frozenFor: ClosedRange<Int>
    private var born = 0
    private(set) var killed = 0
    private(set) var frozen = 0
    /// Processes that ended by themselves, as a gateway does that was frozen between mark and call.
    private(set) var ended = 0

    /// - Parameter frozenFor: milliseconds.
    init(_ seats: [Seat], seed: UInt64, frozenFor: ClosedRange<Int> = 1_000...15_000) throws {
        random = SplitMix64(seed: seed)
        self.frozenFor = frozenFor
        for seat in seats { members.append(try hire(seat, nextName(seat))) }
    }

    deinit { for member in members { kill(member) } }

    /// SIGKILL. Most come back under their name and find their own pending entries; others never
    /// do, and their entries must be claimed.
    func killOne() throws {
        let index = Int.random(in: members.indices, using: &random)
        kill(members[index])
        killed += 1
        try replace(index)
    }

    func replaceTheEnded() throws {
        for index in members.indices where !members[index].process.isRunning {
            ended += 1
            try replace(index)
        }
    }

    func freezeOne(at now: ContinuousClock.Instant) {
        let awake = members.indices.filter { members[$0].wakesAt == nil }
        guard let index = awake.randomElement(using: &random) else { return }
        // Somebody must work on, or nothing is proven.
        let others = awake.filter { members[$0].seat.kind == members[index].seat.kind }
        guard others.count > 1 else { return }
        Glibc.kill(members[index].process.processIdentifier, SIGSTOP)
        let span = Int.random(in: frozenFor, using: &random)
        members[index].wakesAt = now + .milliseconds(span)
        frozen += 1
    }

    /// - Parameter now: nil for everybody.
    func wake(at now: ContinuousClock.Instant?) {
        for index in members.indices {
            guard let wakesAt = members[index].wakesAt, now.map({ $0 >= wakesAt }) ?? true else {
                continue
            }
            Glibc.kill(members[index].process.processIdentifier, SIGCONT)
            members[index].wakesAt = nil
        }
    }

    private func replace(_ index: Int) throws {
        let (seat, name) = (members[index].seat, members[index].name)
        let comesBack = Int.random(in: 0..<4, using: &random) > 0
        members[index] = try hire(seat, comesBack ? name : nextName(seat))
    }

    private func kill(_ member: Member) {
        Glibc.kill(member.process.processIdentifier, SIGKILL)
        member.process.waitUntilExit()
    }

    private func nextName(_ seat: Seat) -> String {
        born += 1
        return "\(seat.kind)-\(born)"
    }

    private func hire(_ seat: Seat, _ name: String) throws -> Member {
        Member(
            seat: seat, name: name, process: try lifeline.start(seat.arguments(name)),
            wakesAt: nil)
    }
}
