import ArgumentParser
import Foundation
import Logging
import MessageBus
import ServiceLifecycle
import UnixSignals
import Workers

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run one or more stages; without --stage, all of them.",
        discussion: """
            Any number of processes may run the same stage. SIGTERM finishes the batch in hand, \
            gives leases back and leaves within three seconds.
            """)

    @OptionGroup var options: RunOptions

    @Option(
        name: .customLong("stage"),
        help: "One of \(Run.known.joined(separator: ", ")); may be repeated.")
    var stages: [String] = []

    @Option(
        help: """
            A stable name of this process: after a crash it finds its own pending entries again \
            at once. Two processes must not share one.
            """)
    var name: String?

    @Flag(
        help: """
            Trade with money in the accounts that are configured with live: true. Without it, and \
            without that, an account trades on paper.
            """)
    var live = false

    /// The live ones have nothing to do where no account trades with money.
    private static let known = StageName.all + StageName.live

    func validate() throws {
        for stage in stages where !Self.known.contains(stage) {
            throw ValidationError(
                "--stage: '\(stage)' is none of \(Self.known.joined(separator: ", "))")
        }
    }

    func run() async throws {
        let settings = try options.settings()
        let log = try options.logger()
        let desk = Desk(settings, isLive: live)
        let problems = LiveTrading.problems(
            desk, environment: ProcessInfo.processInfo.environment)
        guard problems.isEmpty else { throw ValidationError(problems.joined(separator: "\n")) }
        for note in LiveTrading.notes(desk) { log.notice("\(note)") }
        let bus = try options.bus(settings)
        if let problem = try Layout.disagreement(desk, try bus.session("layout")) {
            throw ValidationError(problem)
        }
        let troubles = Troubles()
        let house = LiveTrading.house(desk, troubles, isInCharge: true)
        if let house { Task { await LiveTrading.check(desk, house, troubles) } }
        let crew = Crew(
            desk, bus: bus, name: name, log: log, house: house,
            troubles: house == nil ? nil : troubles)
        crew.start(stages.isEmpty ? Self.known : stages)
        let group = ServiceGroup(
            services: [UntilStopped()], gracefulShutdownSignals: [.sigterm, .sigint], logger: log)
        try await group.run()
        let late = crew.stop()
        if !late.isEmpty { log.warning("left without \(late.joined(separator: ", "))") }
    }
}

/// Lasts until the process is asked to leave; the workers have threads of their own.
private struct UntilStopped: Service {
    func run() async throws { try await gracefulShutdown() }
}
