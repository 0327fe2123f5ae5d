import ArgumentParser
import Foundation
import Settings

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Says whether a settings file is in order.")

    @Option(
        help: ArgumentHelp("The settings file, read as a run would read it.", valueName: "file"))
    var check: String

    func run() throws {
        do throws(SettingsErrors) {
            let settings = try SquareoffSettings.load(
                path: check, environment: ProcessInfo.processInfo.environment)
            let accounts = settings.accounts.count
            print("\(check): ok, \(accounts) account\(accounts == 1 ? "" : "s")")
        } catch {
            FileHandle.standardError.write(Data((error.description + "\n").utf8))
            throw ExitCode.failure
        }
    }
}
