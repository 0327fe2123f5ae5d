import ArgumentParser
import Trading

struct DeadLettersCommand: LookingCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "Entries that nobody could decide on; sends one again, or drops it.")

    @OptionGroup var options: LookingOptions

    @Option(help: ArgumentHelp("Send this letter's entry again.", valueName: "id"))
    var replay: String?

    @Option(help: ArgumentHelp("Delete this letter.", valueName: "id"))
    var drop: String?

    func validate() throws {
        if replay != nil, drop != nil { throw ValidationError("Either --replay or --drop.") }
    }

    mutating func run() throws {
        let letters = DeadLetters(lookout: try options.redis.lookout())
        if let replay {
            let (stream, entry) = try letters.replay(try Self.id(replay))
            print("sent again: \(stream) \(entry)")
        } else if let drop {
            try letters.drop(try Self.id(drop))
            print("dropped: \(drop)")
        } else {
            let sheet = try sheet(letters.lookout)
            print(options.json ? sheet.json : sheet.text)
        }
    }

    private static func id(_ text: String) throws -> LetterID {
        guard let id = LetterID(text: text) else { throw DeadLetterError.malformed(text) }
        return id
    }

    func sheet(_ lookout: Lookout) throws -> Sheet {
        var sheet = Sheet(
            [
                .left("letter"), .right("time"), .left("stage"), .left("stream"), .left("entry"),
                .left("reason"), .left("body"),
            ],
            nothing: "No dead letters.")
        for (id, fields) in try DeadLetters(lookout: lookout).all() {
            let body = DeadLetters.body(fields)
            guard options.includes(body) else { continue }
            sheet.add(
                [
                    id.text, fields.time(.at), fields[.stage], fields[.stream], fields[.entry],
                    fields[.reason], body.shown(without: []),
                ],
                fields.after(["letter": id.text]))
        }
        return sheet
    }
}
