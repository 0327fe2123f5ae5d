import ArgumentParser

/// The command line: what a person sees and asks for.
@main
struct Squareoff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "squareoff",
        abstract: "A trading pipeline over Redis streams.",
        discussion: "Every position that must be closed is closed, exactly once.",
        groupedSubcommands: [
            CommandGroup(name: "Trade", subcommands: [Demo.self, Replay.self, Run.self]),
            CommandGroup(
                name: "Look",
                subcommands: [
                    ExitsCommand.self, PositionsCommand.self, OrdersCommand.self,
                    AccountsCommand.self, WorkersCommand.self, AlarmsCommand.self,
                    DeadLettersCommand.self, TraceCommand.self,
                ]),
            CommandGroup(
                name: "Ask",
                subcommands: [
                    ExitCommand.self, FlattenCommand.self, HaltCommand.self, ResumeCommand.self,
                ]),
            CommandGroup(
                name: "Set up",
                subcommands: [
                    ConfigCommand.self, DoctorCommand.self, InstrumentsCommand.self,
                    FunctionsCommand.self,
                ]),
            CommandGroup(
                name: "Prove",
                subcommands: [
                    SimulateCommand.self, BenchCommand.self, Soak.self, SoakWorker.self,
                    Chaos.self, ChaosWorker.self, SimulatorCommand.self,
                ]),
        ])
}
