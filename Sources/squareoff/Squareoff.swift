import ArgumentParser

@main
struct Squareoff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "squareoff",
        abstract: "A trading pipeline over Redis streams: every position that must be closed is closed, exactly once.",
        subcommands: [Run.self, Replay.self])
}
