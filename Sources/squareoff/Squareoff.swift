import ArgumentParser

/// The command line: what a person sees and asks for.
@main
struct Squareoff: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "squareoff",
        abstract: "Opens, watches and squares off index-option positions over Redis streams.",
        groupedSubcommands: [
            CommandGroup(
                name: "Look:",
                subcommands: [
                    ExitsCommand.self, PositionsCommand.self, OrdersCommand.self,
                    AccountsCommand.self, WorkersCommand.self, AlarmsCommand.self,
                    DeadLettersCommand.self, TraceCommand.self,
                ]),
            CommandGroup(
                name: "Act:",
                subcommands: [
                    ExitCommand.self, FlattenCommand.self, HaltCommand.self, ResumeCommand.self,
                ]),
            CommandGroup(name: "Settings:", subcommands: [ConfigCommand.self]),
        ])
}
