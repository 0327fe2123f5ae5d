import ArgumentParser
import Trading

struct HaltCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "halt", abstract: "Stops entries, of all accounts or of one; exits go on.")

    @OptionGroup var options: ActingOptions

    @Option(help: ArgumentHelp("Why, for those who look later.", valueName: "text"))
    var reason: String

    func run() throws {
        try options.act { lookout, petition in
            try options.warnOfUnknownAccount(lookout)
            try petition.halt(options.scope, reason)
            print("halted: \(options.scopeText): \(reason)")
        }
    }
}

struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Takes back a halt or a flatten of the same scope.")

    @OptionGroup var options: ActingOptions

    func run() throws {
        try options.act { _, petition in
            let (removed, left) = try petition.resume(options.scope)
            print(
                removed.isEmpty
                    ? "was not halted: \(options.scopeText)" : "resumed: \(options.scopeText)")
            for pair in left.pairs { print("still in force: \(pair.name): \(pair.value)") }
        }
    }
}
