import ArgumentParser
import MessageBus
import Trading
import Workers

struct WorkersCommand: LookingCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers", abstract: "The workers' heartbeats; dead ones are marked.")

    @OptionGroup var options: LookingOptions

    func sheet(_ lookout: Lookout) throws -> Sheet {
        var sheet = Sheet(
            [
                .left("worker"), .left("stage"), .left("state"), .left("role"), .right("turns"),
                .right("last turn"), .right("handled"), .right("refused"), .right("p50 µs"),
                .right("p99 µs"), .left("error"),
            ],
            nothing: "No worker has run here.")
        let names = try lookout.due(Keys.workers).map(\.member).sorted()
        let beats = try lookout.hashes(names.map { Keys.worker($0) })
        for (name, fields) in zip(names, beats) {
            let state = Self.state(fields)
            let turnAt = fields[.turnAt].flatMap { EventTime(text: $0) }
            sheet.add(
                [
                    name, fields[.stage], state, fields[.role], fields[.turns],
                    turnAt.map { "\((lookout.wall - $0).shown) ago" }, fields[.handled],
                    fields[.refused], fields[.p50], fields[.p99], fields[.error],
                ],
                fields.after(["worker": name, "state": state]))
        }
        return sheet
    }

    private static func state(_ fields: Fields) -> String {
        if fields.isEmpty { return "DEAD, no heartbeat" }
        return Pulse.hangs(fields) ? "DEAD, loop hangs" : "alive"
    }
}
