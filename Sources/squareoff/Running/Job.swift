import ArgumentParser
import Foundation
import Logging
import MessageBus
import Redis
import Settings
import Trading
import Workers

/// A recording or a generated session, played through the pipeline to its end.
struct Job {
    let settings: SquareoffSettings
    let instruments: [Instrument]
    let source: any TickSource
    /// Nil for as fast as it goes.
    let speed: Int?
    let runsStages: Bool
    let log: Logger
    /// Orders go to a simulator of DhanHQ in this process, and not to the paper broker.
    var isAtDhan = false

    func run(on bus: RedisBus) throws -> JobReport {
        let tokens = NSTemporaryDirectory() + "squareoff-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: tokens) }
        let venue = try isAtDhan ? venue(bus, tokens: tokens) : nil
        let desk = venue?.desk ?? Desk(settings)
        let session = try bus.session("feed")
        if let problem = try Layout.disagreement(desk, session) { throw ValidationError(problem) }
        let stopwatch = Stopwatch()
        let crew = Crew(
            desk, bus: bus, name: "job", log: log, house: venue?.house, onExit: stopwatch.exited)
        if runsStages { crew.start(venue == nil ? StageName.all : SimulatedVenue.stages) }
        defer { if runsStages { leave(crew) } }
        try venue?.waitForListeners()
        let line = ProgressLine()
        let feed = ReplayFeed(
            desk, session: session, source: source, instruments: instruments,
            pace: speed.map { Pace.times($0) } ?? .max, venue: venue, onProgress: line.show,
            onStep: stopwatch.step)
        let started = ContinuousClock.now
        do throws(ReplayError) {
            try feed.run()
        } catch {
            line.end()
            throw ValidationError(error.description)
        }
        let elapsed = ContinuousClock.now - started
        line.end()
        let lookout = try Lookout.open(bus.endpoint, credentials: bus.credentials)
        return JobReport(
            positions: try lookout.positions().compactMap(\.tracker), feed: feed.progress,
            elapsed: elapsed, exits: stopwatch.exits, pulses: crew.pulses,
            accounts: settings.accounts.map(\.id))
    }

    private func venue(_ bus: RedisBus, tokens: String) throws -> SimulatedVenue {
        try FileManager.default.createDirectory(
            atPath: tokens, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
        let redis = try RedisConnection.connect(
            to: bus.endpoint, credentials: bus.credentials, name: "venue")
        return try SimulatedVenue(settings, instruments, redis, folder: tokens)
    }

    private func leave(_ crew: Crew) {
        let late = crew.stop()
        if !late.isEmpty { log.warning("left without \(late.joined(separator: ", "))") }
    }
}

/// One line on standard error that is written over and over; nothing where that is no terminal
/// but a line every ten seconds.
final class ProgressLine {
    private var shownAt: ContinuousClock.Instant?
    private let isTerminal = isatty(2) == 1

    func show(_ progress: ReplayFeed.Progress) {
        let now = ContinuousClock.now
        let period: Duration = isTerminal ? .milliseconds(200) : .seconds(10)
        if let shownAt, now - shownAt < period { return }
        shownAt = now
        var text = "\(progress.clock.timeOfDay.seconds)  \(progress.ticks) ticks"
        if !progress.waitingFor.isEmpty {
            text += "  waiting for \(progress.waitingFor.prefix(3).joined(separator: ", "))"
        }
        write(isTerminal ? "\r\u{1B}[K" + text : text + "\n")
    }

    func end() { if isTerminal { write("\r\u{1B}[K") } }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

extension TimeOfDay {
    /// To the second: `15:14:59`.
    var seconds: String {
        let whole = TimeOfDay(milliseconds: milliseconds / 1_000 * 1_000).text
        return whole.utf8.count == 5 ? whole + ":00" : whole
    }
}
