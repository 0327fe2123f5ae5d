import ArgumentParser
import Trading

struct PositionsCommand: LookingCommand {
    static let configuration = CommandConfiguration(
        commandName: "positions", abstract: "Positions that are not closed; all with --all.")

    @OptionGroup var options: LookingOptions

    func sheet(_ lookout: Lookout) throws -> Sheet {
        var sheet = Sheet(
            [
                .left("position"), .left("account"), .left("symbol"), .left("status"),
                .right("held"), .right("entry"), .right("ltp"), .right("stop"), .right("peak"),
                .right("exit"), .right("net"), .right("opened"), .left("why"),
            ],
            nothing: options.all ? "No positions." : "No open positions.")
        for position in try lookout.positions() where options.includes(position.fields) {
            guard options.all || !position.isClosed else { continue }
            let fields = position.fields
            sheet.add(
                [
                    position.id.text, fields[.account], fields[.symbol], fields[.status],
                    position.held, fields[.entryPrice], fields[.ltp], fields[.stop], fields[.peak],
                    fields[.exitPrice], position.net?.text, fields.time(.openedAt),
                    position.problem ?? fields[.detail] ?? fields[.exitReason],
                ],
                fields.after([Field.position.rawValue: position.id.text]))
        }
        return sheet
    }
}
