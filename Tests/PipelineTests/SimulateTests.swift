import Foundation
import Testing

/// `squareoff simulate` as a person runs it.
@Suite("squareoff simulate") final class SimulateTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    private func simulate(_ arguments: String...) throws -> (Int, Program) {
        let program = try Program(["simulate"] + arguments, in: folder.path)
        return (try program.end(), program)
    }

    /// Each process hashes with a seed of its own.
    @Test(arguments: [5, 41] as [UInt64])
    func `two processes tell the same story`(seed: UInt64) throws {
        let (status, first) = try simulate("--seeds", "\(seed)", "--story")
        #expect(status == 0, "\(first.errors)")
        let (_, second) = try simulate("--seeds", "\(seed)", "--story")
        #expect(first.output == second.output)
        #expect(first.output.split(separator: "\n").count > 300)
    }

    @Test func `a broken promise ends with its story and status 1`() throws {
        let (status, program) = try simulate(
            "--seeds", "0..<40", "--sabotage", "lock", "--stop-at-first", "--workers", "2")
        #expect(status == 1)
        #expect(program.output.contains("broke a promise"))
        #expect(program.output.contains("The story of seed"))
        #expect(program.output.contains("checker: lock: "))
    }

    @Test func `the sums go to a file`() throws {
        struct Sums: Decodable {
            var seeds: Int
            var steps: Int
            var faults: [String: Int]
        }
        let json = "\(folder.path)/sums.json"
        let program = try Program(
            ["simulate", "--seeds", "0...3", "--faults", "crash-after,5xx", "--json", json],
            in: folder.path)
        #expect(try program.end() == 0, "\(program.errors)")
        let sums = try JSONDecoder().decode(
            Sums.self, from: Data(contentsOf: URL(filePath: json)))
        #expect(sums.seeds == 4)
        #expect(sums.steps > 4 * 400)
        #expect(sums.faults["freeze"] == 0)
        #expect(program.output.contains("seeds/s"))
    }

    @Test(arguments: [
        (["--seeds", "5..<5"], "0..<1000"), (["--seeds", "x"], "0..<1000"),
        (["--seeds", "0..<9", "--faults", "freze"], "freze"),
        (["--seeds", "0..<9", "--sabotage", "locks"], "ack-early"),
        (["--seeds", "0..<9", "--workers", "0"], "--workers"),
        (["--seeds", "0..<9", "--story"], "--story"),
        ([], "--seeds"),
    ])
    func `what makes no sense is said:`(arguments: [String], word: String) throws {
        let program = try Program(["simulate"] + arguments, in: folder.path)
        #expect(try program.end() == 64)
        #expect(program.errors.contains(word), "\(program.errors)")
    }
}
