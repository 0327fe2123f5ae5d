import Foundation
import Glibc
import Redis
import Trading

/// The worker processes of a soak, and what is done to them: one is killed each second and
/// replaced, one is frozen every five seconds and wakes up long after it was given up for dead.
final class SoakFleet {
    private struct Member {
        var name: String
        var process: Process
        var wakesAt: ContinuousClock.Instant?
    }

    private let endpoint: RedisEndpoint
    private var members: [Member] = []
    private var random: SplitMix64
    private var born = 0
    private(set) var killed = 0
    private(set) var frozen = 0

    private static let frozenFor = 1_000...15_000

    init(_ count: Int, on endpoint: RedisEndpoint, seed: UInt64) throws {
        self.endpoint = endpoint
        random = SplitMix64(seed: seed)
        for _ in 0..<count { members.append(try hire(nextName())) }
    }

    deinit { for member in members { kill(member) } }

    /// SIGKILL. Most come back under their name and find their own pending entries; others never
    /// do, and their entries must be claimed.
    func killOne() throws {
        let index = Int.random(in: members.indices, using: &random)
        kill(members[index])
        killed += 1
        let comesBack = Int.random(in: 0..<4, using: &random) > 0
        members[index] = try hire(comesBack ? members[index].name : nextName())
    }

    func freezeOne(at now: ContinuousClock.Instant) {
        let awake = members.indices.filter { members[$0].wakesAt == nil }
        // Somebody must work on, or nothing is proven.
        guard awake.count > 2, let index = awake.randomElement(using: &random) else { return }
        Glibc.kill(members[index].process.processIdentifier, SIGSTOP)
        let span = Int.random(in: Self.frozenFor, using: &random)
        members[index].wakesAt = now + .milliseconds(span)
        frozen += 1
    }

    func wake(at now: ContinuousClock.Instant?) {
        for index in members.indices {
            guard let wakesAt = members[index].wakesAt, now.map({ $0 >= wakesAt }) ?? true else {
                continue
            }
            Glibc.kill(members[index].process.processIdentifier, SIGCONT)
            members[index].wakesAt = nil
        }
    }

    private func kill(_ member: Member) {
        Glibc.kill(member.process.processIdentifier, SIGKILL)
        member.process.waitUntilExit()
    }

    private func nextName() -> String {
        born += 1
        return "soak-\(born)"
    }

    private func hire(_ name: String) throws -> Member {
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["soak-worker", "--redis", endpoint.description, "--name", name]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        return Member(name: name, process: process, wakesAt: nil)
    }
}
