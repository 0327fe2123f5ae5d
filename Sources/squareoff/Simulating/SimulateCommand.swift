import ArgumentParser
import Foundation
import Simulation

struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run the whole pipeline under faults, in memory, seed by seed.",
        discussion: """
            Each seed runs all stages, two workers of each, through their real loops on a bus in \
            memory against a broker with a ledger of its own, while workers die and freeze, calls \
            fail and messages are lost. The promises are checked after every turn. A seed that \
            breaks one prints its story, and has the same story each time. Exit status 1 when a \
            promise was broken.

            Faults:
            \(Fault.allCases.map { "  \($0.rawValue): \($0.meaning)" }.joined(separator: "\n"))
            """)

    @Option(
        help: ArgumentHelp("0..<1000, or one number.", valueName: "range"),
        transform: SeedRange.parse)
    var seeds: SeedRange

    @Option(help: "Threads.")
    var workers = ProcessInfo.processInfo.activeProcessorCount

    @Option(
        help: ArgumentHelp(
            "What may go wrong: names with commas, none for nothing (default: all).",
            valueName: "list"),
        transform: Fault.parse)
    var faults = Set(Fault.allCases)

    @Option(
        help: ArgumentHelp(
            "Switch one safety off, to see that it is noticed: \(Sabotage.names).",
            valueName: "name"))
    var sabotage: Sabotage?

    @Option(help: ArgumentHelp("Write the sums to this file.", valueName: "file"))
    var json: String?

    @Flag(help: "Stop when the first seed has broken a promise.")
    var stopAtFirst = false

    @Flag(help: "Print the story of the seed, also when all went well. One seed only.")
    var story = false

    func validate() throws {
        guard workers > 0 else { throw ValidationError("--workers must be above 0") }
        guard !story || seeds.seeds.count == 1 else {
            throw ValidationError("--story is of one seed: --seeds \(seeds.seeds.lowerBound)")
        }
    }

    func run() throws {
        let simulation = try Simulation()
        let template = Plan(seed: 0, faults: faults, sabotage: sabotage)
        if story {
            var plan = template
            plan.seed = seeds.seeds.lowerBound
            let outcome = simulation.run(plan, isTold: true)
            for line in outcome.story { print(line) }
            if outcome.problem != nil { throw ExitCode(1) }
            return
        }
        let sweep = Sweep(simulation, seeds.seeds, template: template, stopsAtFirst: stopAtFirst)
        let started = ContinuousClock.now
        let threads = SeedThreads(workers) { sweep.work() }
        while !threads.join(within: 1) { show(sweep.sum, since: started) }
        let report = SimulationReport(sweep.sum, elapsed: ContinuousClock.now - started)
        print(report.text)
        if let json { try report.write(to: json) }
        guard let first = sweep.sum.failed.first else { return }
        var plan = template
        plan.seed = first.seed
        print("\nThe story of seed \(first.seed):")
        for line in simulation.run(plan, isTold: true).story { print(line) }
        throw ExitCode(1)
    }

    /// One line that is written over and over, for whoever waits.
    private func show(_ sum: Sweep.Sum, since started: ContinuousClock.Instant) {
        let seconds = max(1, (ContinuousClock.now - started) / .seconds(1))
        let line =
            "\r\(sum.seeds) of \(seeds.seeds.count) seeds, \(Int(Double(sum.seeds) / seconds))/s, "
            + "\(sum.failed.count) failed"
        FileHandle.standardError.write(Data(line.utf8))
    }
}

extension Sabotage: ExpressibleByArgument {
    static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension Fault {
    /// Names with commas.
    static func parse(_ text: String) throws -> Set<Fault> {
        if text == "none" { return [] }
        return Set(
            try text.split(separator: ",").map { name in
                guard let fault = Fault(rawValue: String(name)) else {
                    let all = allCases.map(\.rawValue).joined(separator: ", ")
                    throw ValidationError("--faults: '\(name)' is none of \(all)")
                }
                return fault
            })
    }
}
