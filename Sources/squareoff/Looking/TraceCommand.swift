import ArgumentParser
import MessageBus
import Trading

struct TraceCommand: LookingCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Everything that happened to one position, in order of time.")

    @OptionGroup var options: LookingOptions

    @Argument(help: "The position's id.")
    var position: String

    func sheet(_ lookout: Lookout) throws -> Sheet {
        let id = PositionID(position)
        guard let stored = try lookout.position(id) else { throw LookingError.unknownPosition(id) }
        var sheet = Sheet(
            [.right("time"), .left("stream"), .left("entry"), .left("what")],
            nothing: "Nothing in the streams is about it any more.")
        for step in try lookout.trace(stored) {
            var record = Fields()
            record["stream"] = step.stream.text
            record.put(.entry, step.entry.id)
            sheet.add(
                [step.at.shown, step.stream.name, step.entry.id.text, step.text],
                step.entry.fields.after(record))
        }
        sheet.notes = ["", "now: " + now(stored)]
        for verdict in [try lookout.verdict(of: stored)].compactMap({ $0 }) {
            sheet.notes.append("verdict: " + verdict)
        }
        return sheet
    }

    private func now(_ stored: StoredPosition) -> String {
        let fields = stored.fields
        var parts = [
            fields[.status], fields[.symbol], stored.held.map { "held \($0)" },
            fields[.entryPrice].map { "entry \($0)" }, fields[.exitPrice].map { "exit \($0)" },
            stored.net.map { "net \($0.text)" }, fields[.exitReason], fields[.detail],
        ]
        parts.append(stored.problem)
        return parts.compactMap { $0 }.joined(separator: ", ")
    }
}

/// What a person asked for and cannot have.
enum LookingError: Error, CustomStringConvertible {
    case unknownPosition(PositionID)

    var description: String {
        switch self {
        case .unknownPosition(let id):
            "no position '\(id)' in this Redis; `squareoff positions --all` lists them"
        }
    }
}
