import ArgumentParser
import Trading

struct ExitsCommand: LookingCommand {
    static let configuration = CommandConfiguration(
        commandName: "exits",
        abstract: "Exits in flight: why, how far, and when somebody next looks at them.")

    @OptionGroup var options: LookingOptions

    func sheet(_ lookout: Lookout) throws -> Sheet {
        var sheet = Sheet(
            [
                .left("position"), .left("account"), .left("symbol"), .left("status"),
                .left("reason"), .right("attempt"), .right("left"), .left("next"),
                .left("waits for"), .left("orders"), .left("lock"),
            ],
            nothing: "No exit is in flight.")
        for exit in try lookout.exitsInFlight() {
            let fields = exit.position.fields
            let account = fields[.account] ?? exit.asked?.account.text
            guard options.includes(account.map { AccountID($0) }) else { continue }
            let next = exit.nextText(now: lookout.now)
            sheet.add(
                [
                    exit.position.id.text, account, fields[.symbol],
                    exit.position.problem ?? fields[.status], exit.reason, fields[.exitAttempt],
                    exit.position.tracker?.remaining.text, next, exit.waitsFor, exit.orderText,
                    exit.lock ?? "none",
                ],
                fields.after(record(exit, next: next)))
        }
        return sheet
    }

    private func record(_ exit: InFlightExit, next: String) -> Fields {
        var record = Fields()
        record.put(.position, exit.position.id)
        record["next"] = next
        record["next_at"] = exit.next?.text
        record["waits_for"] = exit.waitsFor
        record["left"] = exit.position.tracker?.remaining.text
        record["orders"] = exit.orderText
        record["lock"] = exit.lock
        return record
    }
}
