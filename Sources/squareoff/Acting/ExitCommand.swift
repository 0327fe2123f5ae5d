import ArgumentParser
import Trading

struct ExitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exit", abstract: "Asks for the exit of one position, or of all open ones.")

    @OptionGroup var options: ActingOptions

    @Argument(help: "The position's id.")
    var position: String?

    @Flag(help: "All open positions.")
    var all = false

    @Option(help: ArgumentHelp("Why, for those who look later.", valueName: "text"))
    var reason: String

    func validate() throws {
        guard (position != nil) != all else {
            throw ValidationError("Name one position, or say --all.")
        }
    }

    func run() throws {
        try options.act { lookout, petition in
            guard let position else {
                let open = try options.open(lookout)
                guard try petition.exitAll(open, .manual, evidence: reason) else {
                    throw ExitCode.failure
                }
                return
            }
            let id = PositionID(position)
            guard let stored = try lookout.position(id) else {
                throw LookingError.unknownPosition(id)
            }
            let request = try petition.exit(stored, reason: .manual, evidence: reason)
            print(Petition.said(request, stored))
        }
    }
}

extension Petition {
    static func said(_ request: ExitRequest, _ stored: StoredPosition) -> String {
        let underWay = stored.fields[.exitReason].map { ", already under way for \($0)" } ?? ""
        return "asked at \(request.at.shown) by \(request.askedBy): exit of \(request.position) "
            + "(\(request.account), \(stored.fields[.symbol] ?? "?"), held \(stored.held ?? "?")), "
            + "\(request.reason.text): \(request.evidence)\(underWay)"
    }

    /// One that has closed meanwhile is no error, and one that cannot be read must not keep the
    /// others open.
    ///
    /// - Returns: false where one that is open was not asked for.
    func exitAll(
        _ positions: [StoredPosition], _ reason: ExitReason, evidence: String
    ) throws -> Bool {
        if positions.isEmpty { print("no open positions") }
        var areAsked = true
        for stored in positions {
            do {
                print(Self.said(try exit(stored, reason: reason, evidence: evidence), stored))
            } catch PetitionError.closed(let id, let fields) {
                print(PetitionError.closed(id, fields))
            } catch let error as PetitionError {
                areAsked = false
                print("NOT asked: \(error)")
            }
        }
        return areAsked
    }
}
