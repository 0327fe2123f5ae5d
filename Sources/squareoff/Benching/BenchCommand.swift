import ArgumentParser
import Logging
import MessageBus
import Redis

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure this build beside C programs that do the same, on a private Redis.",
        discussion: """
            Every figure is a median over rounds; ratios are taken within a round. ops/bench \
            builds what is needed and calls this.
            """)

    @Option(help: "ops/floor, compiled.")
    var floor: String?

    @Option(help: "Another driver in C, of a lesser commit, with the command line of hop.c.")
    var hop: String?

    @Option(help: "Write the figures of each round to this file, as a JSON array.")
    var json: String?

    @Option(name: .customLong("only"), help: "One of \(BenchPart.names); may be repeated.")
    var parts: [BenchPart] = []

    @Flag(help: "One short round: only whether it runs.")
    var quick = false

    @Option(help: "Rounds of each.")
    var rounds: Int?

    func run() throws {
        let log = try logger(level: "error")
        let embedded = try EmbeddedRedis(.none)
        defer { embedded.stop() }
        var plan = quick ? BenchPlan.quick : .full
        if let rounds { plan.rounds = rounds }
        var bench = Bench(
            plan: plan, server: try BenchServer(embedded.endpoint),
            floor: floor.map {
                CDriver(path: $0, words: [embedded.socket, RedisBus.commitFunction])
            }, bare: hop.map { CDriver(path: $0, words: [embedded.socket]) }, log: log)
        for part in parts.isEmpty ? BenchPart.allCases : parts { try bench.run(part) }
        print(bench.board.text)
        if let json { try bench.board.writeJSON(to: json) }
    }
}

enum BenchPart: String, CaseIterable, ExpressibleByArgument {
    case hop, chain, worker, share, ticks, exits, flatten

    static let names = allCases.map(\.rawValue).joined(separator: ", ")
}
